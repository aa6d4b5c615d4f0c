//! What the words of a header tell although they name no kind: a remark, a number of something, an amount.
//!
//! The words of six languages are in `telling.txt`. A number of a customer, an order or an invoice leads to a person in
//! the books of whoever wrote the file, whatever its values look like.

use super::folded;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Words, and endings of words.
#[derive(Default)]
struct Words {
    whole: HashSet<&'static str>,
    endings: Vec<&'static str>,
}

impl Words {
    fn has(&self, word: &str) -> bool {
        self.whole.contains(word) || self.endings.iter().any(|end| word.len() > end.len() && word.ends_with(end))
    }
}

static TELLING: LazyLock<HashMap<&str, Words>> = LazyLock::new(|| {
    let read = |(key, list): (&'static str, &'static str)| {
        let (endings, whole): (Vec<_>, Vec<_>) = list.split_whitespace().partition(|word| word.starts_with('*'));
        let endings = endings.into_iter().map(|word| word.trim_start_matches('*')).collect();
        (key, Words { whole: whole.into_iter().collect(), endings })
    };
    super::lines(include_str!("telling.txt")).map(read).collect()
});

fn has(list: &str, word: &str) -> bool {
    TELLING.get(list).is_some_and(|words| words.has(word))
}

fn any(list: &str, header: &str) -> bool {
    header.len() <= 120 && folded(header).split(' ').any(|word| has(list, word))
}

/// Whether a header stands over remarks.
pub(crate) fn remark(header: &str) -> bool {
    any("remark", header)
}

/// Whether a header stands over amounts, quantities or scores.
pub(crate) fn amount(header: &str) -> bool {
    any("amount", header)
}

/// Whether a header stands over numbers of customers, orders, invoices or rows.
pub(crate) fn numbering(header: &str) -> bool {
    if header.len() > 120 {
        return false;
    }
    let folded = folded(header);
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    let of_things =
        |word: &&str| TELLING.get("article").is_some_and(|list| list.whole.iter().any(|a| word.starts_with(a)));
    if words.is_empty() || words.iter().any(|word| has("count", word)) || words.iter().any(of_things) {
        return false;
    }
    let last = words.last().is_some_and(|word| has("last", word));
    let party = || words.iter().all(|word| has("party", word) || has("number", word));
    last || words.iter().any(|word| has("number", word)) || party()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_customers_orders_and_rows() {
        let headers = [
            "id",
            "ID",
            "Kunden-Nr.",
            "Kd-Nr",
            "Kd. Nr.",
            "client_no",
            "No client",
            "N° client",
            "Nº cliente",
            "Nr",
            "Nr.",
            "Bestellnummer",
            "Rechnung",
            "Rechnungs-Nr.",
            "KdNr",
            "orderId",
            "order_no",
            "Num commande",
            "N. ordine",
            "customer",
            "Kunde",
            "invoice",
            "Factura",
            "Klantnr.",
            "N° de commande",
            "member",
            "user_id",
            "lfd. Nr.",
            "last4",
        ];
        for header in headers {
            assert!(numbering(header), "{header}");
        }
        for header in [
            "Umsatz",
            "number of orders",
            "order_total",
            "order_count",
            "customer_segment",
            "no_show",
            "product_id",
            "Artikelnummer",
            "paid",
            "Alter",
            "x",
            "",
            "nombre de commandes",
            "plan",
        ] {
            assert!(!numbering(header), "{header}");
        }
    }

    #[test]
    fn remarks_and_amounts() {
        for header in [
            "Notiz",
            "Bemerkung",
            "Kommentar",
            "Remarque",
            "commentaire",
            "notes",
            "remarks",
            "comment",
            "nota",
            "observaciones",
            "osservazioni",
            "opmerking",
            "Kundenbemerkung",
            "internal_notes",
            "order comments",
        ] {
            assert!(remark(header), "{header}");
        }
        assert!(!remark("Notar") && !remark("amount") && !remark(""));
        for header in ["Umsatz", "Jahresumsatz", "order_total", "Montant TTC", "unit price", "spent", "Visits"] {
            assert!(amount(header), "{header}");
        }
        assert!(!amount("xcode") && !amount("Kunden-Nr."));
    }
}
