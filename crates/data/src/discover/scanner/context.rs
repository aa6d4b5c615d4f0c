//! Words beside a number that say what it is, in six languages.
//!
//! A word counts if it stands shortly before the number (or, for telephones, right after it) and no other word that
//! says something else stands between them.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::sync::LazyLock;

/// What a word nearby says that a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Topic {
    Phone,
    Card,
    Ssn,
    Itin,
    GermanTax,
    Bsn,
    Nhs,
    National,
    Birth,
    Postal,
    Ip,
    Version,
    Web,
    Iban,
    /// A number of something else: an order, an article, a case, an amount.
    Other,
}

/// A set of topics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Topics(u16);

impl Topics {
    pub(crate) const fn of(topic: Topic) -> Self {
        Self(1 << topic as u16)
    }

    pub(crate) const fn has(self, topic: Topic) -> bool {
        self.0 & Self::of(topic).0 != 0
    }

    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Words by topic; a word that ends in `*` may go on.
const WORDS: &[(Topic, &str)] = &[
    (
        Topic::Phone,
        "phone* telephone* tel tele* mobile* mobil* cell cellular cellphone* fax* telefax* call calls called calling \
         ring dial* hotline whatsapp* signal sms text texted messages voicemail contact desk landline answering \
         telefon* handy* handynummer* rufnummer* festnetz* anruf* rückruf* erreichbar durchwahl* téléphone* portable \
         mobil appel* joindre teléfono* telefono* móvil* movil* celular* llamar llama llámame cellulare* chiama* \
         recapito telefoon* mobiel* bel gsm mob. mob nummer* rufen numéro número numero ☎ 📞 📱",
    ),
    (
        Topic::Card,
        "card* cc creditcard* debit* visa mastercard* amex maestro pan kreditkarte* karte* kartennummer* carte* cb \
         tarjeta* carta pagamento carta* kaart* creditcard* betaalkaart* ccn cardnumber*",
    ),
    (Topic::Ssn, "ssn ssns social security"),
    (Topic::Itin, "itin itins taxpayer"),
    (
        Topic::GermanTax,
        "steuer* steuerid* idnr tin identifikationsnummer* steueridentifikationsnummer* steuernummer* tax",
    ),
    (Topic::Bsn, "bsn burgerservicenummer* sofi* sofinummer*"),
    (Topic::Nhs, "nhs"),
    (
        Topic::National,
        "nir insee dni nie nif codice fiscale cf nino insurance ahv avs national sécurité sociale passport* reisepass*",
    ),
    (
        Topic::Birth,
        "dob born birth* birthday* birthdate* geboren geburts* geburtsdatum* née né naissance nacido nacida nacimiento \
         nato nata nascita geboorte* geb",
    ),
    (Topic::Postal, "zip zipcode* postcode* postal plz postleitzahl* cp codepostal* cap postkod*"),
    (
        Topic::Ip,
        "ip ips ipv4 ipv6 address addr adresse host hosts client_ip server ping subnet gateway dns network netmask",
    ),
    (
        Topic::Version,
        "version* ver v release* released build builds firmware* update* upgrade* upgraded patch* rev revision* \
         versión versione versie ausgabe changelog oid section clause chapter kapitel abschnitt v.",
    ),
    (Topic::Web, "website* web site webseite* url link visit www homepage* domain page sitio sito"),
    (Topic::Iban, "iban ibans"),
    (
        Topic::Other,
        "order* invoice* inv ref reference* ticket* case tracking track sku article* item* isbn ean gtin upc serial* \
         sn batch lot part bestell* bestellnummer* auftrag* rechnung* rechnungsnummer* artikel* kunden* commande* \
         facture* référence* pedido* factura* ordine* fattura* bestelling* factuur* timestamp* epoch* imei transaction* \
         trx txn confirmation licence license driver's vin hash uuid checksum md5 doi arxiv iso rfc din quantity qty \
         total amount price sum betrag summe montant importe importo bedrag units pieces stück population revenue \
         bytes pid port line row account* konto* policy member* po box code pp page pages \
         seite seiten vol",
    ),
];

struct Words {
    automaton: AhoCorasick,
    /// For each pattern, its topic and whether the word may go on.
    meanings: Vec<(Topic, bool)>,
}

static WORDS_FOUND: LazyLock<Option<Words>> = LazyLock::new(build);

fn build() -> Option<Words> {
    let mut patterns = Vec::new();
    let mut meanings = Vec::new();
    for (topic, words) in WORDS {
        for word in words.split_whitespace() {
            patterns.push(word.trim_end_matches('*'));
            meanings.push((*topic, word.ends_with('*')));
        }
    }
    let mut builder = AhoCorasick::builder();
    builder.ascii_case_insensitive(true).match_kind(MatchKind::Standard).kind(Some(AhoCorasickKind::DFA));
    builder.build(&patterns).ok().map(|automaton| Words { automaton, meanings })
}

/// Every topic that a text names, such as the header of a column.
pub(crate) fn topics(text: &str) -> Topics {
    let mut found = Topics::default();
    each(text, |topic, _| found = found.with(Topics::of(topic)));
    found
}

/// The topics whose words end nearest to the end of a text; several if they end at the same place.
pub(crate) fn nearest(text: &str) -> Topics {
    let (mut end, mut found) = (0, Topics::default());
    each(text, |topic, at| {
        if at > end {
            (end, found) = (at, Topics::default());
        }
        if at == end {
            found = found.with(Topics::of(topic));
        }
    });
    found
}

fn each(text: &str, mut see: impl FnMut(Topic, usize)) {
    let Some(words) = WORDS_FOUND.as_ref() else { return };
    for hit in words.automaton.find_overlapping_iter(text) {
        let Some((topic, open)) = words.meanings.get(hit.pattern().as_usize()) else { continue };
        let before = text[..hit.start()].chars().next_back();
        let after = text[hit.end()..].chars().next();
        let starts = !before.is_some_and(char::is_alphanumeric) || camel(before, &text[hit.start()..]);
        if starts && (*open || !after.is_some_and(char::is_alphabetic) || turns(text, hit.end())) {
            see(*topic, hit.end());
        }
    }
}

/// Whether a capital letter after a small one starts a word, as in `customerPhone`.
fn camel(before: Option<char>, rest: &str) -> bool {
    before.is_some_and(char::is_lowercase) && rest.starts_with(char::is_uppercase)
}

/// Whether a word ends here because a capital follows a small letter.
fn turns(text: &str, at: usize) -> bool {
    camel(text[..at].chars().next_back(), &text[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_decides() {
        assert!(nearest("my phone: ").has(Topic::Phone));
        assert!(nearest("phone 555, order ").has(Topic::Other));
        assert!(!nearest("phone 555, order ").has(Topic::Phone));
        assert!(nearest("Telefonnummer ").has(Topic::Phone));
        assert!(nearest("hotel ").is_empty(), "tel inside a word");
        assert!(nearest("telling ").is_empty());
    }

    #[test]
    fn headers_name_topics() {
        assert!(topics("customerPhone").has(Topic::Phone));
        assert!(topics("PHONE_NUMBER").has(Topic::Phone));
        assert!(topics("client_ip").has(Topic::Ip));
        assert!(topics("zip").has(Topic::Postal));
        assert!(topics("amount").has(Topic::Other));
    }
}
