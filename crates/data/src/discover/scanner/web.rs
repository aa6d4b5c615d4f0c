//! E-mail addresses, web addresses, IPv6 and hardware addresses: what `@`, `://`, `.` and `:` stand in.

use super::Finding;
use super::context::{self, Topic, Topics};
use super::edge::{closes, opens, written_equals};
use crate::discover::check::network;
use crate::discover::{Kind, Likelihood};
use memchr::memchr3_iter;

/// Longest web address followed.
const LONGEST_URL: usize = 2048;

/// Adds what it finds.
pub(super) fn find(text: &str, hints: Topics, found: &mut Vec<Finding>) {
    let bytes = text.as_bytes();
    let mut done = 0;
    for at in memchr3_iter(b'@', b':', b'.', bytes) {
        if at < done {
            continue;
        }
        let finding = match bytes[at] {
            b'@' => email(text, at),
            b':' if bytes[at..].starts_with(b"://") => url(text, at),
            b':' => colons(text, at),
            _ => bare(text, at, hints),
        };
        if let Some(finding) = finding {
            // An address in a query is personal data of its own kind, so only the host is passed over.
            done = if finding.kind == Kind::Url { past_host(text, &finding) } else { finding.end };
            found.push(finding);
        }
    }
    if found.iter().any(|finding| finding.kind == Kind::Url) {
        split_queries(found);
    }
}

const fn finding(kind: Kind, start: usize, end: usize, likelihood: Likelihood) -> Finding {
    Finding { kind, start, end, likelihood }
}

fn past_host(text: &str, url: &Finding) -> usize {
    let part = &text[url.start..url.end];
    part.find('?').map_or(url.end, |query| url.start + query)
}

/// Ends a web address where an e-mail address in its query starts.
fn split_queries(found: &mut [Finding]) {
    for index in 1..found.len() {
        let start = found[index].start;
        if found[index].kind == Kind::Email && found[index - 1].kind == Kind::Url && found[index - 1].end > start {
            found[index - 1].end = start;
        }
    }
}

/// The e-mail address around an `@` (RFC 5321 with RFC 6531 letters; quoted local parts without escapes).
fn email(text: &str, at: usize) -> Option<Finding> {
    let start = local_start(text, at)?;
    let rest = &text[at + 1..];
    if let Some(literal) = rest.strip_prefix('[') {
        let inner = &literal[..literal.find(']')?];
        let valid =
            network::ipv4(inner).is_some() || inner.strip_prefix("IPv6:").is_some_and(|v6| network::ipv6(v6).is_some());
        return valid.then(|| finding(Kind::Email, start, at + 3 + inner.len(), Likelihood::Likely));
    }
    let length = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))).unwrap_or(rest.len());
    let domain = rest[..length].trim_end_matches(['.', '-', '_']);
    let domain = known_end(domain)?;
    (at - start <= 64).then(|| finding(Kind::Email, start, at + 1 + domain.len(), Likelihood::VeryLikely))
}

/// The longest beginning of a name that is a host, for a sentence that goes on without a space: `a@b.com.Please`.
fn known_end(mut name: &str) -> Option<&str> {
    for _ in 0..4 {
        if network::host(name) {
            return Some(name);
        }
        name = name.rsplit_once('.')?.0;
    }
    None
}

fn local_start(text: &str, at: usize) -> Option<usize> {
    let before = &text[..at];
    if let Some(inner) = before.strip_suffix('"') {
        let open = inner.rfind('"')?;
        return (at - open <= 64 && open + 2 < at && !inner[open..].contains(['\n', '@', ','])).then_some(open);
    }
    let allowed =
        |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'' | '&' | '~' | '!' | '#' | '$');
    let mut start = at;
    for (offset, c) in before.char_indices().rev() {
        if !allowed(c) || at - offset > 80 {
            break;
        }
        start = offset;
    }
    let local = &before[start..];
    let trimmed = local.trim_start_matches(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '+')));
    let ok = !trimmed.is_empty() && !trimmed.ends_with('.') && !trimmed.contains("..");
    let start = at - trimmed.len();
    let start = start + written_equals(text, start);
    (ok && start < at).then_some(start)
}

/// The address with a scheme around `://`.
fn url(text: &str, at: usize) -> Option<Finding> {
    let scheme = text.as_bytes()[..at]
        .iter()
        .rev()
        .take(12)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-'))
        .count();
    let start = at - scheme;
    let name = text.get(start..at)?;
    let skip = name.find(|c: char| c.is_ascii_alphabetic())?;
    let rest = &text[at + 3..];
    let end = at + 3 + url_length(rest);
    let host_end = rest.find(['/', '?', '#', ':', '\\']).unwrap_or(rest.len()).min(end - at - 3);
    let host = rest[..host_end].rsplit('@').next().unwrap_or_default();
    (name.len() - skip >= 2 && host.chars().next().is_some_and(|c| c.is_alphanumeric() || c == '['))
        .then(|| finding(Kind::Url, start + skip, end, Likelihood::VeryLikely))
}

/// How far a web address goes: to a space, a quotation mark, a bracket it did not open, or its last letter.
fn url_length(text: &str) -> usize {
    let stop = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '"' | '<' | '>' | '|' | '`' | '{' | '}' | '^' | '“' | '”' | '«' | '»' | '\\')
    };
    let mut url = &text[..text.find(stop).unwrap_or(text.len())];
    if url.len() > LONGEST_URL {
        let cut = (0..=LONGEST_URL).rev().find(|place| url.is_char_boundary(*place)).unwrap_or(0);
        url = &url[..cut];
    }
    loop {
        let shorter = url.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '’', '…']);
        let shorter = match shorter.chars().next_back() {
            Some(')') if shorter.matches(')').count() > shorter.matches('(').count() => &shorter[..shorter.len() - 1],
            Some(']') if shorter.matches(']').count() > shorter.matches('[').count() => &shorter[..shorter.len() - 1],
            _ => shorter,
        };
        if shorter.len() == url.len() {
            return url.len();
        }
        url = shorter;
    }
}

/// IPv6 and hardware addresses: all hexadecimal digits and colons around a colon.
fn colons(text: &str, at: usize) -> Option<Finding> {
    let bytes = text.as_bytes();
    let part = |b: &u8| b.is_ascii_hexdigit() || matches!(b, b':' | b'.');
    let start = at - bytes[..at].iter().rev().take(40).take_while(|b| part(b)).count();
    let mut end = at + bytes[at..].iter().take(46).take_while(|b| part(b)).count();
    let start = (start + written_equals(text, start)).min(at);
    if !opens(text, start) {
        return None;
    }
    while end > start && matches!(bytes[end - 1], b'.' | b':') && !text[start..end].ends_with("::") {
        end -= 1;
    }
    let address = text.get(start..end)?;
    if !closes(text, end) {
        return None;
    }
    if network::mac(address) {
        return Some(finding(Kind::Mac, start, end, Likelihood::VeryLikely));
    }
    network::ipv6(address)?;
    // One group and two colons are a path of a program more often than a network.
    if address.ends_with("::") && !address.trim_end_matches(':').contains(':') && !text[end..].starts_with('/') {
        return None;
    }
    let zone = bytes.get(end) == Some(&b'%');
    let zone =
        if zone { 1 + bytes[end + 1..].iter().take(16).take_while(|b| b.is_ascii_alphanumeric()).count() } else { 0 };
    Some(finding(Kind::Ip, start, end + if zone > 1 { zone } else { 0 }, Likelihood::VeryLikely))
}

/// A web address without a scheme: a host name, with a path, after `www.`, or with a top-level domain that is no word.
fn bare(text: &str, at: usize, hints: Topics) -> Option<Finding> {
    let bytes = text.as_bytes();
    let next = bytes.get(at + 1)?;
    let previous = *bytes.get(at.checked_sub(1)?)?;
    let label = |b: u8| b.is_ascii_alphanumeric() || b >= 0x80;
    if !label(*next) || !(label(previous) || previous == b'-') {
        return None;
    }
    let in_host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let before = &text[..at];
    let start =
        before.char_indices().rev().take(80).take_while(|(_, c)| in_host(*c)).last().map_or(at, |(place, _)| place);
    let start = (start + written_equals(text, start)).min(at);
    let length = text[at..].find(|c: char| !in_host(c)).unwrap_or(text.len() - at);
    let name = text[start..at + length].trim_end_matches(['.', '-', '_']);
    let end = start + name.len();
    let rest = &text[end..];
    let lead = text[..start].chars().next_back();
    if rest.starts_with('@') || matches!(lead, Some('@' | '/' | '\\')) || rest.starts_with('(') {
        return None;
    }
    // After an equals sign names of programs stand as often as hosts.
    if lead == Some('=') && !(www(name) || rest.starts_with('/') || said(text, start)) {
        return None;
    }
    let skip = name.len() - name.trim_start_matches(['.', '-', '_']).len();
    let (start, name) = (start + skip, &name[skip..]);
    if !plausible(text, start, name, rest, hints) {
        return None;
    }
    let tail = if rest.starts_with(['/', '?', ':']) { url_length(rest) } else { 0 };
    let likelihood = if www(name) || tail > 1 { Likelihood::VeryLikely } else { Likelihood::Likely };
    Some(finding(Kind::Url, start, end + tail, likelihood))
}

fn www(name: &str) -> bool {
    name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www."))
}

/// Top-level domains that are seldom words, names of files, or abbreviations.
const TELLING: &str = "com org net edu gov mil int info biz io eu de fr uk nl ch ca au jp cn br ru se dk fi cz hu ro gr \
                       es it at be pt ie nz za kr tw hk sg mx ar cl pe uy ve ua ee lv lt si sk hr bg tr ae sa il ir th vn my ph \
                       app dev shop online site store blog cloud tech xyz club agency company example test";

/// Names of programs that read like hosts.
const PRODUCTS: [&str; 5] = ["asp.net", "vb.net", "ado.net", "paint.net", "socket.io"];

fn plausible(text: &str, start: usize, name: &str, rest: &str, hints: Topics) -> bool {
    if !network::host(name) || !name.contains(|c: char| c.is_alphabetic()) {
        return false;
    }
    if www(name) || hints.has(Topic::Web) {
        return true;
    }
    let last = name.rsplit('.').next().unwrap_or_default();
    let even = !last.starts_with(char::is_uppercase) || name.chars().all(|c| !c.is_lowercase());
    let path = rest.starts_with('/') && rest.len() > 1;
    let telling = TELLING.split_whitespace().any(|known| known.eq_ignore_ascii_case(last));
    if !even || name.len() < 4 || PRODUCTS.iter().any(|product| product.eq_ignore_ascii_case(name)) {
        return false;
    }
    let last = &*last.to_ascii_lowercase();
    let first = &*name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let bare = name.matches('.').count() == 1;
    if ["self", "this"].contains(&first)
        || bare && first.len() < least_label(last) && !first.eq_ignore_ascii_case("example")
    {
        return path && !file_like(last);
    }
    telling || (path && name.matches('.').count() >= 1 && !file_like(last)) || said(text, start)
}

/// How long the only label before a top-level domain is at least: a sentence that goes on without a space ends in some
/// ("Basta.it was"), and programs have fields of these names.
fn least_label(last: &str) -> usize {
    match last {
        "at" | "be" | "test" | "store" => usize::MAX,
        "es" | "it" | "pt" => 4,
        _ => 0,
    }
}

/// Endings that name files as well as countries.
fn file_like(last: &str) -> bool {
    ["py", "rs", "sh", "md", "pl", "ps", "zip", "mov", "cc", "so", "ai", "java", "app", "pub", "map", "la", "am", "mk"]
        .contains(&last)
}

fn said(text: &str, start: usize) -> bool {
    let from = (start.saturating_sub(24)..=start).find(|place| text.is_char_boundary(*place)).unwrap_or(start);
    context::nearest(&text[from..start]).has(Topic::Web)
}
