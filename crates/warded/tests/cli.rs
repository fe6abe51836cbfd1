//! What the command line says, word for word. The transcripts are in `tests/cmd`.

use std::path::Path;

#[test]
fn every_transcript_still_holds() {
    // Paths in transcripts are those of somebody at the top of the repository.
    let crate_directory = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::env::set_current_dir(crate_directory.join("../..")).unwrap();
    let transcripts = crate_directory.join("tests/cmd/*.md");
    trycmd::TestCases::new().case(transcripts).run();
}
