//! What must not compile: a handler that asks who calls where nobody was asked, and every way to pretend otherwise.
//! `examples/axum.rs` is the same handler where it may be.

#[test]
fn a_handler_that_asks_for_its_caller_is_behind_the_guard_or_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
