//! Writes a data policy as TOML with a comment where people have to decide.

use super::model::{
    AnonymisePolicy, BetaLimit, ColumnPolicy, DataPolicy, DiversityLimit, FigurePolicy, HierarchySource, ModelLimit,
    ModelPolicy, PseudonymMethod, TransportLimit,
};
use super::pseudonym::LOCAL_PARTS;
use guildhall_kpi::Rational;
use guildhall_pseudonym::Rules;
use guildhall_pseudonym::own::Spelling;
use std::fmt::Write;
use std::path::Path;

const HEAD: &str = "\
# What each column holds, and what is done to it before the file is passed on.
# Roles: identifier | quasi-identifier | sensitive | free-text | other
version = 1
";

impl DataPolicy {
    /// The policy as TOML; reading it gives the same policy.
    pub fn to_toml(&self) -> String {
        self.to_toml_with(|_| None)
    }

    /// The policy as TOML, with a comment of one line or more above the columns that have one.
    pub fn to_toml_with(&self, comment: impl Fn(&ColumnPolicy) -> Option<String>) -> String {
        let mut text = HEAD.to_owned();
        for column in &self.columns {
            text.push_str("\n[[column]]\n");
            for line in comment(column).iter().flat_map(|comment| comment.lines()) {
                // A control character is no part of a TOML comment.
                let plain: String = line.chars().filter(|c| !c.is_control()).collect();
                let _ = writeln!(text, "# {plain}");
            }
            text.push_str(&lines_of(column));
        }
        if let Some(anonymise) = &self.anonymise {
            text.push_str(&section(anonymise));
        }
        text
    }
}

fn lines_of(column: &ColumnPolicy) -> String {
    let mut text = format!("name = {}\n", quoted(&column.name));
    if let Some(holds) = &column.holds {
        let _ = writeln!(text, "holds = {}", quoted(holds));
    }
    let _ = writeln!(text, "role = {}", quoted(column.role.word()));
    if let Some(method) = &column.pseudonym {
        let _ = writeln!(text, "pseudonym = {{ {} }}", pseudonym(method));
    }
    if let Some(hierarchy) = &column.hierarchy {
        let _ = writeln!(text, "hierarchy = {{ {} }}", levels(hierarchy));
    }
    text
}

fn pseudonym(method: &PseudonymMethod) -> String {
    let keyed = |name: &str, domain: &str, key: &Path| {
        format!("method = \"{name}\", domain = {}, key = {}", quoted(domain), path(key))
    };
    match method {
        PseudonymMethod::Joint { domain, kind, region } => {
            let region = region.as_ref().map(|region| format!(", region = {}", quoted(region))).unwrap_or_default();
            format!("method = \"joint\", domain = {}, kind = {}{region}", quoted(domain), quoted(kind))
        }
        PseudonymMethod::AesSiv { domain, key } => keyed("aes-siv", domain, key),
        PseudonymMethod::KeyedHash { domain, key, spelling: how } => {
            format!("{}, {}", keyed("keyed-hash", domain, key), spelling(*how))
        }
        PseudonymMethod::Ff1 { domain, key, alphabet } => {
            format!("{}, alphabet = {}", keyed("ff1", domain, key), quoted(alphabet))
        }
        PseudonymMethod::DateShift { domain, key, days, subject, spelling: how } => {
            let keyed = keyed("date-shift", domain, key);
            format!("{keyed}, days = {days}, subject = {}, {}", quoted(subject), spelling(*how))
        }
        PseudonymMethod::Token { domain, vault } => {
            format!("method = \"token\", domain = {}, vault = {}", quoted(domain), path(vault))
        }
        PseudonymMethod::Remove => "method = \"remove\"".to_owned(),
    }
}

fn spelling(spelling: Spelling) -> String {
    match spelling {
        Spelling::AsItStands => "canonical = \"none\"".to_owned(),
        Spelling::Canonical(Rules::Plain) => "kind = \"plain\"".to_owned(),
        Spelling::Canonical(Rules::Phone(region)) => {
            format!("kind = \"phone\", region = {}", quoted(&region.to_string()))
        }
        Spelling::Canonical(Rules::Email(part)) => {
            let word = LOCAL_PARTS.iter().find(|(_, known)| *known == part).map_or("keep", |(word, _)| word);
            format!("kind = \"email\", local_part = {}", quoted(word))
        }
    }
}

fn levels(hierarchy: &HierarchySource) -> String {
    let list = |items: Vec<String>| format!("[{}]", items.join(", "));
    match hierarchy {
        HierarchySource::File(file) => format!("file = {}", path(file)),
        HierarchySource::Widths(widths) => {
            format!("widths = {}", list(widths.iter().map(|width| number(*width)).collect()))
        }
        HierarchySource::Keep(keep) => format!("keep = {}", list(keep.iter().map(u32::to_string).collect())),
        HierarchySource::Dates(parts, order) => {
            let parts = list(parts.iter().map(|part| quoted(part.word())).collect());
            format!("dates = {parts}, order = {}", quoted(order.word()))
        }
    }
}

fn section(anonymise: &AnonymisePolicy) -> String {
    let AnonymisePolicy { k, suppression, loss, search, k_map, presence, models, figures } = anonymise;
    let mut text = format!("\n[anonymise]\nk = {k}  # fewest rows that share all quasi-identifiers\n");
    let _ = writeln!(text, "suppression = {}  # share of rows that may be left out", share(*suppression));
    let _ = writeln!(text, "loss = {}", quoted(loss.word()));
    let _ = writeln!(text, "search = {}", quoted(search.word()));
    if let Some(map) = k_map {
        let _ = writeln!(text, "k_map = {{ k = {}, population = {} }}", map.k, path(&map.population));
    }
    if let Some(bounds) = presence {
        let (low, high) = (number(bounds.low), number(bounds.high));
        let _ =
            writeln!(text, "presence = {{ low = {low}, high = {high}, population = {} }}", path(&bounds.population));
    }
    models.iter().for_each(|model| text.push_str(&rule(model)));
    figures.iter().for_each(|entry| text.push_str(&figure(entry)));
    text
}

fn rule(model: &ModelPolicy) -> String {
    let mut text = format!("\n[[anonymise.model]]\ncolumn = {}\n", quoted(&model.column));
    for limit in &model.limits {
        let line = match limit {
            ModelLimit::Diversity(DiversityLimit::Distinct(l)) => format!("l = {{ distinct = {l} }}"),
            ModelLimit::Diversity(DiversityLimit::Entropy(l)) => format!("l = {{ entropy = {} }}", number(*l)),
            ModelLimit::Diversity(DiversityLimit::Recursive(c, l)) => {
                format!("l = {{ recursive = [{}, {l}] }}", number(*c))
            }
            ModelLimit::Transport(TransportLimit::Equal(t)) => format!("t = {{ equal = {} }}", number(*t)),
            ModelLimit::Transport(TransportLimit::Ordered(t)) => format!("t = {{ ordered = {} }}", number(*t)),
            ModelLimit::Transport(TransportLimit::Hierarchical(t)) => {
                format!("t = {{ hierarchical = {} }}", number(*t))
            }
            ModelLimit::Alpha(alpha) => format!("alpha = {}", number(*alpha)),
            ModelLimit::Beta(BetaLimit::Basic(beta)) => format!("beta = {{ basic = {} }}", number(*beta)),
            ModelLimit::Beta(BetaLimit::Enhanced(beta)) => format!("beta = {{ enhanced = {} }}", number(*beta)),
            ModelLimit::Delta(delta) => format!("delta = {}", number(*delta)),
        };
        let _ = writeln!(text, "{line}");
    }
    text
}

fn figure(figure: &FigurePolicy) -> String {
    let by = figure.by.as_ref().map(|by| format!("by = {}\n", quoted(by))).unwrap_or_default();
    format!("\n[[anonymise.figure]]\ncolumn = {}\n{by}", quoted(&figure.column))
}

/// A whole number as it is, anything else as an exact fraction in quotes.
fn number(value: Rational) -> String {
    if value.denominator() == 1 { value.to_string() } else { quoted(&value.to_string()) }
}

/// In percent where that is a whole number.
fn share(value: Rational) -> String {
    match value.checked_mul(100) {
        Some(percent) if percent.denominator() == 1 => quoted(&format!("{percent}%")),
        _ => number(value),
    }
}

fn path(path: &Path) -> String {
    quoted(&path.to_string_lossy())
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
