//! Whether what was found is what the labels say. `docs/scan-score.md` has the rules in words.

use super::{
    finding::{Finding, Voice},
    label::{Package, RULES, Site, Verdict},
};

/// Requests for a token, and what may be said of one that names its server on some ways only.
const REQUESTS: [&str; 3] = ["WRD101", "WRD102", "WRD103"];
const SOMETIMES: &str = "WRD105";

/// A package's labels, and what was found beside them.
pub(super) struct Judged<'a> {
    pub(super) package: &'a Package,
    /// In the order of the labels: what was told of each.
    pub(super) told: Vec<Vec<&'a Finding>>,
    /// At no label, in a file that was read whole.
    pub(super) unfounded: Vec<&'a Finding>,
    /// Where nobody looked.
    pub(super) outside: Vec<&'a Finding>,
}

impl<'a> Judged<'a> {
    /// Brings findings to the labels that they are about.
    pub(super) fn of(package: &'a Package, findings: &'a [Finding]) -> Self {
        let mut told: Vec<Vec<&Finding>> = vec![Vec::new(); package.sites.len()];
        let (mut unfounded, mut outside) = (Vec::new(), Vec::new());
        for finding in findings {
            let about = about(&package.sites, finding);
            for at in &about {
                if let Some(told) = told.get_mut(*at) {
                    told.push(finding);
                }
            }
            if about.is_empty() {
                let is_whole = package.files.contains(&finding.path);
                if is_whole && finding.rules.iter().any(|rule| RULES.contains(&rule.as_str())) {
                    unfounded.push(finding);
                } else {
                    outside.push(finding);
                }
            }
        }
        Self { package, told, unfounded, outside }
    }
}

/// Which labels a finding is about. One that something should be told of wins over one that nothing should be told of:
/// a helper that sends good and bad requests is the place of both.
fn about(sites: &[Site], finding: &Finding) -> Vec<usize> {
    let on_topic =
        || sites.iter().enumerate().filter(|(_, site)| site.path == finding.path && hears(site, finding));
    let nearest = on_topic()
        .filter_map(|(at, site)| Some((nearness(site, finding)?, !fits(site, finding), at)))
        .min()
        .map(|(_, _, at)| at);
    let named =
        on_topic().filter(|(_, site)| site.also_at.iter().any(|line| line.abs_diff(finding.line) <= 1));
    let mut all: Vec<_> = nearest.into_iter().chain(named.map(|(at, _)| at)).collect();
    all.dedup();
    let speaking: Vec<_> =
        all.iter().copied().filter(|at| sites.get(*at).is_some_and(Site::should_be_told)).collect();
    if speaking.is_empty() { all.into_iter().take(1).collect() } else { speaking }
}

/// Whether the finding is of a rule that the label is about.
fn hears(site: &Site, finding: &Finding) -> bool {
    let is_request = |rule: &str| REQUESTS.contains(&rule);
    let is_about = |told: &str| {
        site.rules().any(|rule| {
            rule == told || is_request(rule) && told == SOMETIMES || rule == SOMETIMES && is_request(told)
        })
    };
    finding.rules.iter().any(|told| is_about(told))
}

/// How far the finding is: begins within, begins a line beside, reaches in; then by lines. None: elsewhere.
fn nearness(site: &Site, finding: &Finding) -> Option<(u8, usize)> {
    let distance = finding.line.abs_diff(site.line);
    let tier = if (site.line..=site.end).contains(&finding.line) {
        0
    } else if (site.line - 1..=site.end + 1).contains(&finding.line) {
        1
    } else if finding.line <= site.end && finding.end >= site.line {
        2
    } else {
        return None;
    };
    Some((tier, distance))
}

fn fits(site: &Site, finding: &Finding) -> bool {
    match site.verdict {
        Verdict::Wrong => finding.voice == Voice::Error,
        Verdict::Conditional => finding.voice == Voice::Note,
        Verdict::Ok | Verdict::NotApplicable => false,
    }
}

impl Site {
    /// Whether silence is wrong here.
    pub(super) fn should_be_told(&self) -> bool {
        matches!(self.verdict, Verdict::Wrong | Verdict::Conditional)
    }
}

#[cfg(test)]
mod tests;
