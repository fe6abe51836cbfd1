//! What does this call need? The rules of a server, made ready to be asked: names by hash, patterns one by one.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use warded_core::{Hierarchy, Scopes};
use warded_policy::Glob;

use super::{ScopeRules, readings, sight::Sight, template};
use crate::call::{Call, Message, Target};

/// The rules of a server.
#[derive(Debug)]
pub(crate) struct Needs {
    required: Scopes,
    methods: Table,
    tools: Table,
    resources: Table,
    /// What every resource needs.
    any_resource: Scopes,
    prompts: Table,
    implies: Hierarchy,
    /// What it takes to see everything.
    everything: Scopes,
}

impl Needs {
    pub(crate) fn of(rules: &ScopeRules) -> Self {
        let methods = Table::of(&rules.methods);
        let tables = [&rules.tools, &rules.resources, &rules.prompts].map(Table::of);
        let mut everything = Scopes::sum(tables.iter().map(|table| &table.all));
        for method in ["tools/call", "resources/read", "prompts/get"] {
            methods.ask(method, &mut everything);
        }
        let [tools, resources, prompts] = tables;
        // A rule whose spelling no URI has in its one form would hold for nothing that the operator meant by it.
        let any_resource = Scopes::sum(rules.misspelt().filter_map(|rule| rules.resources.get(rule)));
        let (required, implies) = (rules.required.clone(), rules.implies.clone());
        Self { required, methods, tools, resources, any_resource, prompts, implies, everything }
    }

    /// What every request needs.
    pub(crate) fn required(&self) -> &Scopes {
        &self.required
    }

    /// What a call needs: a batch needs what all of its messages need.
    pub(super) fn of_call(&self, call: &Call) -> Scopes {
        let mut needed = self.required.clone();
        call.messages().iter().for_each(|message| self.ask(message, &mut needed));
        needed
    }

    /// What a call needs that has this one target.
    pub(super) fn of_one(&self, method: &str, target: &Target) -> Scopes {
        let mut needed = self.required.clone();
        self.methods.ask(method, &mut needed);
        self.ask_of(target, &mut needed);
        needed
    }

    /// Which scopes stand for others.
    pub(crate) fn implies(&self) -> &Hierarchy {
        &self.implies
    }

    /// What a caller with these scopes sees; none where it sees everything.
    pub(crate) fn sight(self: &Arc<Self>, held: &Scopes) -> Option<Sight> {
        let is_blind = !self.implies.covers(&self.everything, held);
        is_blind.then(|| self.full_sight(held))
    }

    /// The sight of a caller with these scopes, whether it sees everything or not.
    pub(crate) fn full_sight(self: &Arc<Self>, held: &Scopes) -> Sight {
        Sight::of(Arc::clone(self), self.implies.reach(held))
    }

    /// The sight of a caller that sees everything; none where everybody does.
    pub(crate) fn clear_sight(self: &Arc<Self>, held: &Scopes) -> Option<Sight> {
        let may_be_blind = !self.implies.missing(&self.everything, &self.required).is_empty();
        may_be_blind.then(|| self.full_sight(held))
    }

    fn ask(&self, message: &Message, needed: &mut Scopes) {
        if let Some(method) = message.method() {
            self.methods.ask(method, needed);
        }
        for target in message.targets() {
            self.ask_of(target, needed);
        }
    }

    fn ask_of(&self, target: &Target, needed: &mut Scopes) {
        match target {
            Target::Tool(name) => self.tools.ask(name, needed),
            Target::Prompt(name) => self.prompts.ask(name, needed),
            Target::Resource(uri) => self.ask_of_resource(uri, needed),
            Target::Template(template) => self.ask_of_template(template, needed),
        }
    }

    fn ask_of_resource(&self, uri: &str, needed: &mut Scopes) {
        if self.resources.is_empty() {
            return;
        }
        needed.add(&self.any_resource);
        match readings::of(uri) {
            Some(spellings) => spellings.iter().for_each(|uri| self.resources.ask(uri, needed)),
            // `file:///a/../secret` would need nothing that `file:///secret` needs.
            None => needed.add(&self.resources.all),
        }
    }

    /// Values of a template's variables are names of resources: whoever may complete them learns those. So it needs
    /// what anything needs that it could become.
    fn ask_of_template(&self, template: &str, needed: &mut Scopes) {
        if self.resources.is_empty() {
            return;
        }
        needed.add(&self.any_resource);
        let Some(readings) = template::readings(template) else {
            needed.add(&self.resources.all);
            return;
        };
        for reading in readings {
            // A star in it is a star: only the variables can become anything.
            match (reading.split_once(template::ANY), reading.rsplit_once(template::ANY)) {
                (Some((start, _)), Some((_, end))) => {
                    let read = Glob::between(start, end);
                    self.resources.ask_where(needed, |name| read.matches(name), |rule| read.meets(rule));
                }
                _ => self.resources.ask(&reading, needed),
            }
        }
    }

    pub(super) fn tool(&self, name: &str) -> Scopes {
        self.used("tools/call", |needed| self.tools.ask(name, needed))
    }

    pub(super) fn prompt(&self, name: &str) -> Scopes {
        self.used("prompts/get", |needed| self.prompts.ask(name, needed))
    }

    pub(super) fn resource(&self, uri: &str) -> Scopes {
        self.used("resources/read", |needed| self.ask_of_resource(uri, needed))
    }

    /// What it takes for all that comes out of a template, by the rules that mean all of it.
    pub(super) fn template(&self, template: &str) -> Scopes {
        self.used("resources/read", |needed| self.ask_of_resource(&template::filled(template), needed))
    }

    fn used(&self, method: &str, ask: impl FnOnce(&mut Scopes)) -> Scopes {
        let mut needed = Scopes::default();
        self.methods.ask(method, &mut needed);
        ask(&mut needed);
        needed
    }
}

/// What the names and patterns of one kind need.
#[derive(Debug)]
struct Table {
    names: HashMap<Box<str>, Scopes>,
    patterns: Vec<(Glob, Scopes)>,
    all: Scopes,
}

impl Table {
    fn of(rules: &BTreeMap<Box<str>, Scopes>) -> Self {
        let all = Scopes::sum(rules.values());
        let mut table = Self { names: HashMap::new(), patterns: Vec::new(), all };
        for (name, scopes) in rules {
            if name.contains('*') {
                table.patterns.push((Glob::of(name), scopes.clone()));
            } else {
                table.names.insert(name.clone(), scopes.clone());
            }
        }
        table
    }

    fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Adds up everything that is said of a name.
    fn ask(&self, name: &str, needed: &mut Scopes) {
        if let Some(scopes) = self.names.get(name) {
            needed.add(scopes);
        }
        let patterns = self.patterns.iter().filter(|(pattern, _)| pattern.matches(name));
        patterns.for_each(|(_, scopes)| needed.add(scopes));
    }

    /// Adds up everything that is said of names like these.
    fn ask_where(
        &self,
        needed: &mut Scopes,
        is_meant: impl Fn(&str) -> bool,
        is_met: impl Fn(&Glob) -> bool,
    ) {
        let names = self.names.iter().filter(|(name, _)| is_meant(name)).map(|(_, scopes)| scopes);
        let patterns = self.patterns.iter().filter(|(pattern, _)| is_met(pattern)).map(|(_, scopes)| scopes);
        names.chain(patterns).for_each(|scopes| needed.add(scopes));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scopes(list: &str) -> Scopes {
        Scopes::parse(list).unwrap()
    }

    fn table(rules: &[(&str, &str)]) -> BTreeMap<Box<str>, Scopes> {
        rules.iter().map(|(name, needs)| ((*name).into(), scopes(needs))).collect()
    }

    fn needed(needs: &Needs, target: &Target) -> String {
        let mut needed = Scopes::default();
        needs.ask_of(target, &mut needed);
        needed.to_string()
    }

    #[test]
    fn everything_that_fits_adds_up() {
        let tools =
            table(&[("*", "use"), ("delete_*", "write"), ("delete_note", "notes"), ("*_all", "admin")]);
        let needs = Needs::of(&ScopeRules { tools, ..ScopeRules::default() });
        let tool = |name: &str| needed(&needs, &Target::Tool(name.into()));
        assert_eq!(tool("read"), "use");
        assert_eq!(tool("delete_x"), "use write");
        assert_eq!(tool("delete_note"), "notes use write");
        assert_eq!(tool("delete_all"), "admin use write");
        assert_eq!(tool("Delete_note"), "use");
        assert_eq!(needed(&needs, &Target::Prompt("delete_note".into())), "");
        assert_eq!(needed(&needs, &Target::Resource("delete_note".into())), "");
    }

    #[test]
    fn no_spelling_of_a_resource_needs_less_than_the_resource() {
        let resources =
            table(&[("file:///secret/*", "secret"), ("note://one", "one"), ("note://public*", "public")]);
        let needs = Needs::of(&ScopeRules { resources, ..ScopeRules::default() });
        let resource = |uri: &str| needed(&needs, &Target::Resource(uri.into()));
        assert_eq!(resource("file:///other/x"), "");
        assert_eq!(resource("note://public/x"), "public");
        for uri in [
            "file:///secret/x",
            "file:///secret/",
            "file:///secret",
            "file:///secret/x?y",
            "file:///secret?y",
        ] {
            assert_eq!(resource(uri), "secret", "{uri}");
        }
        for uri in ["note://one", "note://one/", "note://one?x=1"] {
            assert_eq!(resource(uri), "one", "{uri}");
        }
        for uri in [
            "file:///a/../secret/x",
            "FILE:///secret/x",
            "file:///secret%2Fx",
            "file:/secret/x",
            "note://one#x",
        ] {
            assert_eq!(resource(uri), "one public secret", "{uri}");
        }
    }

    #[test]
    fn a_rule_that_no_uri_is_spelled_like_holds_for_every_resource() {
        let resources = table(&[("FILE:///secret/*", "secret"), ("note://one", "one")]);
        let needs = Needs::of(&ScopeRules { resources, ..ScopeRules::default() });
        for (target, needs_now) in [
            (Target::Resource("file:///secret/x".into()), "secret"),
            (Target::Resource("note://one".into()), "one secret"),
            (Target::Template("memo://{x}".into()), "secret"),
        ] {
            assert_eq!(needed(&needs, &target), needs_now, "{}", target.name());
        }
    }

    #[test]
    fn a_template_needs_what_any_of_its_resources_needs() {
        let resources =
            table(&[("note://private/*", "private"), ("note://one", "one"), ("file:///*", "files")]);
        let needs = Needs::of(&ScopeRules { resources, ..ScopeRules::default() });
        let template = |uri: &str| needed(&needs, &Target::Template(uri.into()));
        assert_eq!(template("note://{id}"), "one private");
        assert_eq!(template("note://private/{id}"), "private");
        assert_eq!(template("note://public/{id}{?page}"), "");
        assert_eq!(template("note://one"), "one");
        assert_eq!(template("file:///{+path}"), "files");
        for odd in ["NOTE://{id}", "note://a/../{id}", "note://{id", "note://public/}{", "{id}"] {
            assert_eq!(template(odd), "files one private", "{odd}");
        }
    }

    #[test]
    fn a_template_needs_what_its_queries_and_slashes_leave_of_it() {
        for (rule, template) in [
            ("note://private/*", "note://private?id={id}"),
            ("note://private/*", "note://private{?id}"),
            ("note://private/*", "note:///private/{id}"),
            ("note://one", "note://one?x={v}"),
            ("*/secret", "note://a/{n}?raw=1"),
            ("note://a/b", "note://a/{x}/"),
            ("note://s?*", "note://s/?q={q}"),
        ] {
            let needs =
                Needs::of(&ScopeRules { resources: table(&[(rule, "more")]), ..ScopeRules::default() });
            assert_eq!(needed(&needs, &Target::Template(template.into())), "more", "{rule} {template}");
        }
    }

    #[test]
    fn a_template_is_shown_to_who_may_read_all_that_comes_out_of_it() {
        let resources = table(&[("note://private/*", "private"), ("note://s?*", "search")]);
        let needs = Needs::of(&ScopeRules { resources, ..ScopeRules::default() });
        for (template, needed) in [
            ("note://{id}", ""),
            ("note://public/{id}{?page}", ""),
            ("note://private/{id}", "private"),
            ("note://private{?id}", "private"),
            ("note://private{/id}", "private"),
            ("note:///private/{id}", "private"),
            ("note://s/{?q}", "search"),
            ("NOTE://private/{id}", "private search"),
            ("note://x/../private/{id}", "private search"),
            ("note://private/{id", "private search"),
        ] {
            assert_eq!(needs.template(template).to_string(), needed, "{template}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2048))]

        #[test]
        fn what_a_template_becomes_never_needs_more_than_the_template(
            start in "note:(|/|//|///)(|a|b|a/|a/b)", between in "(|/|/b|\\?q=|/\\?q=|\\.a|\\?q|:)",
            end in "(|/|a|/b|\\?q=1|/\\?q)", operators in "[+/?&.x]{2}",
            values in ["(|a|b|a/b|/b)", "(|a|b|1|a/b|\\?q|b\\?q)"],
            rules in prop::collection::vec("note:(//|/)?[ab*/?]{0,3}[*]?[ab?q=/]{0,3}", 1..5),
        ) {
            let resources = rules.iter().enumerate().map(|(at, rule)| (rule.as_str().into(), scopes(&format!("s{at}"))));
            let needs = Needs::of(&ScopeRules { resources: resources.collect(), ..ScopeRules::default() });
            let (mut template, mut uri) = (start.clone(), start);
            for ((operator, value), literal) in operators.chars().zip(&values).zip([&between, &end]) {
                let (expression, value) = match operator {
                    'x' => ("{x}".to_owned(), value.replace(['/', '?'], "")),
                    '+' => ("{+x}".to_owned(), value.clone()),
                    _ if value.is_empty() => (format!("{{{operator}x}}"), String::new()),
                    '?' | '&' => (format!("{{{operator}x}}"), format!("{operator}x={}", value.replace('?', ""))),
                    _ => (format!("{{{operator}x}}"), format!("{operator}{}", value.replace(['/', '?'], ""))),
                };
                template += &format!("{expression}{literal}");
                uri += &format!("{value}{literal}");
            }
            // What no library reads like another needs everything, whatever it came from.
            if readings::of(&uri).is_some() {
                let [mut of_uri, mut of_template] = [Scopes::default(), Scopes::default()];
                needs.ask_of(&Target::Resource(uri.clone().into()), &mut of_uri);
                needs.ask_of(&Target::Template(template.clone().into()), &mut of_template);
                prop_assert!(of_uri.missing_from(&of_template).is_empty(), "{template} {uri} {rules:?}");
            }
        }
    }
}
