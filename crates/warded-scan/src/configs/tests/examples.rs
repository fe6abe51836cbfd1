use crate::rules::CONFIG_CHECKS;

#[test]
fn every_rule_keeps_its_own_examples() {
    for check in CONFIG_CHECKS {
        assert!(!check.rule.examples.is_empty(), "{}", check.rule.id);
        for example in check.rule.examples {
            assert_eq!(example.language, None);
            let found = super::found(example.file, example.source);
            assert_eq!(found.contains(&check.rule.id), example.bad, "{}: {}", check.rule.id, example.source);
            if !example.bad {
                assert!(
                    found.is_empty(),
                    "{}: a good example, and {found:?}: {}",
                    check.rule.id,
                    example.source
                );
            }
        }
    }
}
