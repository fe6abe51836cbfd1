//! Which registry does npm ask, and what does it show there? Its variables say so, then the file of the project, then the
//! user's own.

use std::{
    env,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderValue;
use zeroize::Zeroizing;

use super::{
    index::{Index, secret},
    ini::{entries, text},
};
use crate::environment;

/// Where everybody gets packages of npm.
pub(super) const PUBLIC: &str = "https://registry.npmjs.org";

pub(super) fn index(package: &str) -> anyhow::Result<Index> {
    let variable = |name: &str| environment::secret(name).filter(|value| !value.is_empty());
    let either = |name: &str| variable(name).or_else(|| variable(&name.to_ascii_uppercase()));
    let user = either("npm_config_userconfig").map(|path| PathBuf::from(&**path));
    let user = user.or_else(|| Some(environment::home()?.join(".npmrc")));
    let project = env::current_dir().ok().map(|folder| project(&folder));
    let is_same = project == user;
    let files = Files { project: read(project.filter(|_| !is_same))?, user: read(user)? };
    files.index(package, either("npm_config_registry"), environment::secret)
}

fn read(file: Option<PathBuf>) -> anyhow::Result<String> {
    Ok(file.map(|file| text(&file)).transpose()?.flatten().unwrap_or_default())
}

/// The file of the project that somebody stands in: beside the nearest `package.json`.
fn project(folder: &Path) -> PathBuf {
    let nearest = folder.ancestors().find(|folder| folder.join("package.json").is_file());
    nearest.unwrap_or(folder).join(".npmrc")
}

/// The texts of both files.
struct Files {
    project: String,
    user: String,
}

impl Files {
    fn index(
        &self,
        package: &str,
        set: Option<Zeroizing<String>>,
        variable: impl Fn(&str) -> Option<Zeroizing<String>>,
    ) -> anyhow::Result<Index> {
        let scope = package.split_once('/').map(|(scope, _)| format!("{scope}:registry"));
        let scoped = scope.and_then(|key| self.value(&key, &variable));
        // A scope has its own registry, so that nobody else publishes what is meant.
        let (url, said) = match (scoped, set) {
            (Some(url), _) => (url, ".npmrc"),
            (None, Some(url)) => (url, "npm_config_registry"),
            (None, None) => match self.value("registry", &variable) {
                Some(url) => (url, ".npmrc"),
                None => (Zeroizing::new(PUBLIC.to_owned()), "npm"),
            },
        };
        let index = Index::read(&url, said)?;
        let authorization = self.authorization(&index, &variable)?;
        Ok(index.showing(authorization))
    }

    /// Variables stand in the user's file only: the project may be a stranger's, and would have them sent to where it likes.
    fn value(
        &self,
        key: &str,
        variable: &impl Fn(&str) -> Option<Zeroizing<String>>,
    ) -> Option<Zeroizing<String>> {
        let of = |text: &str| {
            let all = entries(text, &['=']).filter(|entry| entry.section.is_empty() && entry.key == key);
            all.last().map(|entry| Zeroizing::new(entry.value.to_owned())).filter(|value| !value.is_empty())
        };
        of(&self.project)
            .filter(|value| !value.contains("${"))
            .or_else(|| Some(expanded(&of(&self.user)?, variable)))
    }

    /// What belongs to the registry, or to a folder above it: `//HOST/PATH/:_authToken`.
    fn authorization(
        &self,
        index: &Index,
        variable: &impl Fn(&str) -> Option<Zeroizing<String>>,
    ) -> anyhow::Result<Option<HeaderValue>> {
        let place = index.root().as_str().split_once(':').map_or("", |(_, place)| place);
        let mut place = format!("{place}/");
        // As long as there is a host between its slashes.
        while !place.trim_matches('/').is_empty() {
            let value = |name: &str| self.value(&format!("{place}:{name}"), variable);
            if let Some(token) = value("_authToken") {
                return secret(&Zeroizing::new(format!("Bearer {}", &**token)), ".npmrc").map(Some);
            }
            if let Some(pair) = value("_auth") {
                return secret(&Zeroizing::new(format!("Basic {}", &**pair)), ".npmrc").map(Some);
            }
            if let (Some(user), Some(password)) = (value("username"), value("_password")) {
                let password = Zeroizing::new(STANDARD.decode(&**password).unwrap_or_default());
                let pair = Zeroizing::new([user.as_bytes(), b":", password.as_slice()].concat());
                let encoded = Zeroizing::new(STANDARD.encode(&*pair));
                return secret(&Zeroizing::new(format!("Basic {}", &**encoded)), ".npmrc").map(Some);
            }
            let above = place.trim_end_matches('/').rfind('/').map_or(0, |at| at + 1);
            place.truncate(above);
        }
        Ok(None)
    }
}

/// With the values of variables in it: `${NAME}`. One that is not set stays as it is, as with npm.
fn expanded(value: &str, variable: &impl Fn(&str) -> Option<Zeroizing<String>>) -> Zeroizing<String> {
    let (mut whole, mut rest) = (Zeroizing::new(String::with_capacity(value.len())), value);
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { break };
        whole.push_str(before);
        match variable(name) {
            Some(value) => whole.push_str(&value),
            None => whole.push_str(&format!("${{{name}}}")),
        }
        rest = after;
    }
    whole.push_str(rest);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(project: &str, user: &str, package: &str, set: Option<&str>) -> anyhow::Result<Index> {
        let files = Files { project: project.to_owned(), user: user.to_owned() };
        files.index(package, set.map(|set| Zeroizing::new(set.to_owned())), |name| {
            (name == "NPM_TOKEN").then(|| Zeroizing::new("s3cret".to_owned()))
        })
    }

    fn shown(index: &Index) -> (String, Option<String>) {
        let authorization = index.authorization().map(|value| value.to_str().unwrap().to_owned());
        (index.root().as_str().to_owned(), authorization)
    }

    #[test]
    fn who_is_nearest_says_which_registry_is_asked() {
        let host = |project, user, package, set| of(project, user, package, set).unwrap().host().to_owned();
        assert_eq!(host("", "", "x", None), "registry.npmjs.org");
        assert_eq!(host("", "registry=https://u.example/", "x", None), "u.example");
        assert_eq!(
            host("registry = https://p.example", "registry=https://u.example/", "x", None),
            "p.example"
        );
        assert_eq!(host("registry = https://p.example", "", "x", Some("https://v.example")), "v.example");
        let scope = "@corp:registry=https://corp.example/npm/";
        assert_eq!(host("", scope, "@corp/x", Some("https://v.example")), "corp.example");
        assert_eq!(host("", scope, "@other/x", Some("https://v.example")), "v.example");
        assert!(of("", "registry=http://me:s3cret@corp.example", "x", None).is_err());
    }

    #[test]
    fn a_token_goes_to_its_own_registry() {
        let token = "//corp.example/npm/:_authToken=${NPM_TOKEN}\n";
        let at =
            |registry: &str| shown(&of("", &format!("{token}registry={registry}"), "x", None).unwrap()).1;
        let bearer = Some("Bearer s3cret".to_owned());
        assert_eq!(at("https://corp.example/npm/"), bearer);
        assert_eq!(at("https://corp.example/npm/team"), bearer);
        for other in [
            "https://corp.example/other",
            "https://corp.example",
            "https://evil.example/npm/",
            "https://x.corp.example/npm/",
        ] {
            assert_eq!(at(other), None, "{other}");
        }
        let pair = format!(
            "//c.example/:username=me\n//c.example/:_password={}\nregistry=https://c.example",
            STANDARD.encode("pw")
        );
        let basic = Some(format!("Basic {}", STANDARD.encode("me:pw")));
        assert_eq!(shown(&of("", &pair, "x", None).unwrap()).1, basic);
        let auth = "//c.example/:_auth=abc=\nregistry=https://c.example";
        assert_eq!(shown(&of("", auth, "x", None).unwrap()).1, Some("Basic abc=".to_owned()));
    }

    #[test]
    fn a_project_has_no_variable_sent_anywhere() {
        let index = of("registry=https://evil.example/${NPM_TOKEN}", "", "x", None).unwrap();
        assert_eq!(shown(&index), ("https://registry.npmjs.org".to_owned(), None));
        let index =
            of("registry=https://evil.example\n//evil.example/:_authToken=${NPM_TOKEN}", "", "x", None);
        assert_eq!(shown(&index.unwrap()), ("https://evil.example".to_owned(), None));
    }

    #[test]
    fn variables_are_replaced_where_they_are_set() {
        let set = |name: &str| (name == "A").then(|| Zeroizing::new("1".to_owned()));
        for (text, whole) in [("x${A}y${A}", "x1y1"), ("${B}", "${B}"), ("a${A", "a${A"), ("$A", "$A")] {
            assert_eq!(*expanded(text, &set), whole, "{text}");
        }
    }
}
