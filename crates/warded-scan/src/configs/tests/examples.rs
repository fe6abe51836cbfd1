use crate::configs::rules;

#[test]
fn every_rule_keeps_its_own_examples() {
    assert_eq!(rules().count(), 6);
    for rule in rules() {
        assert!(!rule.examples.is_empty(), "{}", rule.id);
        for example in rule.examples {
            assert_eq!(example.language, None);
            let found = super::found(example.file, example.source);
            assert_eq!(found.contains(&rule.id), example.bad, "{}: {}", rule.id, example.source);
            if !example.bad {
                assert!(found.is_empty(), "{}: a good example, and {found:?}: {}", rule.id, example.source);
            }
        }
    }
}
