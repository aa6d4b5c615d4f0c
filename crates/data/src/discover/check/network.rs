//! Names and addresses of the network: top-level domains, IP addresses, MAC addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Top-level domains that no public registry has, but people and tests use (RFC 2606, RFC 6762 appendix G).
const RESERVED: [&str; 9] = ["example", "test", "invalid", "local", "lan", "internal", "corp", "home", "localdomain"];

/// Whether a label is a top-level domain of the root zone, or a reserved one.
pub(crate) fn top_level(label: &str) -> bool {
    if !label.is_ascii() {
        return label.chars().all(char::is_alphabetic) && label.chars().count() >= 2;
    }
    tld::exist_case_insensitive(label) || RESERVED.iter().any(|known| known.eq_ignore_ascii_case(label))
}

/// Whether a host name has well-formed labels and a known top-level domain.
pub(crate) fn host(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    match name.rsplit_once('.') {
        Some((rest, last)) => name.len() <= 253 && rest.split('.').all(label) && top_level(last),
        None => false,
    }
}

/// An IPv4 address, as four numbers without leading zeros.
pub(crate) fn ipv4(text: &str) -> Option<Ipv4Addr> {
    text.parse().ok().filter(|address: &Ipv4Addr| address.octets()[0] != 0)
}

/// An IPv6 address; a zone after a percent sign is allowed, eight pairs of digits are a hardware address instead.
pub(crate) fn ipv6(text: &str) -> Option<Ipv6Addr> {
    let bare = text.split_once('%').map_or(text, |(address, _)| address);
    let pairs = !bare.contains("::") && bare.split(':').all(|group| group.len() == 2);
    bare.parse().ok().filter(|_| !pairs && bare.bytes().any(|byte| byte.is_ascii_digit()))
}

/// A hardware address: six pairs of hexadecimal digits between colons or hyphens (IEEE 802 MAC-48).
pub(crate) fn mac(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 17
        && matches!(bytes[2], b':' | b'-')
        && bytes.iter().enumerate().all(|(place, byte)| match place % 3 {
            2 => *byte == bytes[2],
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for good in ["example.com", "a.b-c.co.uk", "bücher.de", "xn--bcher-kva.example", "пример.рф", "x.local"]
        {
            assert!(host(good), "{good}");
        }
        for bad in ["com", "a..com", "-a.com", "file.png", "main.rss", "1.2", "a b.com", ""] {
            assert!(!host(bad), "{bad}");
        }
    }

    #[test]
    fn addresses() {
        for good in ["10.0.0.1", "255.255.255.255"] {
            assert!(ipv4(good).is_some(), "{good}");
        }
        for bad in ["256.1.1.1", "1.2.3", "01.2.3.4", "0.1.2.3", "1.2.3.4.5"] {
            assert!(ipv4(bad).is_none(), "{bad}");
        }
        for good in ["2001:db8::1", "::1", "fe80::1%eth0", "::ffff:192.0.2.1", "6e40:4041:c617:e898:c11:40d2:c669:2eb4"]
        {
            assert!(ipv6(good).is_some(), "{good}");
        }
        for bad in ["12:30:45", "::", "de::ad", "00:11:22:33:44:55:66:77", "1:2:3:4:5:6:7:8:9", "12:30"] {
            assert!(ipv6(bad).is_none(), "{bad}");
        }
        assert!(mac("00:1b:44:11:3A:B7") && mac("00-1B-44-11-3A-B7"));
        assert!(!mac("00:1b-44:11:3A:B7") && !mac("00:1b:44:11:3A:G7"));
    }
}
