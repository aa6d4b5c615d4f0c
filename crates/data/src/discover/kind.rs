//! What personal data can be of: one row per kind, with its words and its terms in public vocabularies.
//!
//! Vocabularies: fideslang 3.1 data categories (Ethyca, CC BY 4.0) and the personal-data extension of the Data Privacy
//! Vocabulary (W3C DPVCG, DPV-PD 2.1, namespace `https://w3id.org/dpv/pd#`).

use serde::Serialize;

/// How much harm a leak of a kind can do; later is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sensitivity {
    /// Says little of a person by itself, more together with other columns.
    Low,
    /// Reaches or describes a person.
    Personal,
    /// Opens accounts, costs money, or is an official number.
    High,
    /// A special category of article 9 of the GDPR.
    Special,
}

impl Sensitivity {
    /// Every level, mildest first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Personal, Self::High, Self::Special];

    /// In words for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Personal => "personal",
            Self::High => "high",
            Self::Special => "special category",
        }
    }
}

/// What a column is to somebody who wants to protect it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Names a person by itself.
    Identifier,
    /// Names a person together with other columns.
    QuasiIdentifier,
    /// What must not become known of a person.
    Sensitive,
    /// Running text, in which anything can stand.
    FreeText,
    /// Not understood: no kind was found, and the values are many or nearly each row's own.
    Unclear,
    /// Nothing of the above: amounts, or few values that many rows share.
    Other,
}

impl Role {
    /// As a policy file writes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Identifier => "identifier",
            Self::QuasiIdentifier => "quasi-identifier",
            Self::Sensitive => "sensitive",
            Self::FreeText => "free-text",
            Self::Unclear => "unclear",
            Self::Other => "other",
        }
    }
}

macro_rules! kinds {
    ($($name:ident $key:literal $words:literal $fides:literal $dpv:literal $sensitivity:ident $role:ident;)*) => {
        /// A kind of personal data.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Kind {
            $(#[doc = $words] $name,)*
        }

        impl Kind {
            /// Every kind, in a fixed order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name in files, e.g. `iban`.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)* }
            }

            /// Its name for people.
            pub const fn words(self) -> &'static str {
                match self { $(Self::$name => $words,)* }
            }

            /// Its data category in fideslang.
            pub const fn fideslang(self) -> &'static str {
                match self { $(Self::$name => $fides,)* }
            }

            /// Its term in DPV-PD, with the prefix `pd:`.
            pub const fn dpv(self) -> &'static str {
                match self { $(Self::$name => $dpv,)* }
            }

            /// How much harm a leak can do.
            pub const fn sensitivity(self) -> Sensitivity {
                match self { $(Self::$name => Sensitivity::$sensitivity,)* }
            }

            /// What a column of it is to somebody who wants to protect it.
            pub const fn role(self) -> Role {
                match self { $(Self::$name => Role::$role,)* }
            }
        }
    };
}

kinds! {
    Email "email" "e-mail address" "user.contact.email" "pd:EmailAddress" Personal Identifier;
    Phone "phone" "telephone number" "user.contact.phone_number" "pd:TelephoneNumber" Personal Identifier;
    Card "payment-card" "payment card number" "user.financial.credit_card" "pd:PaymentCardNumber" High Identifier;
    Iban "iban" "bank account (IBAN)" "user.financial.bank_account" "pd:BankAccount" High Identifier;
    BankAccount "bank-account" "bank account" "user.financial.bank_account" "pd:BankAccount" High Identifier;
    Ip "ip-address" "IP address" "user.device.ip_address" "pd:IPAddress" Personal Identifier;
    Mac "mac-address" "network device address (MAC)" "user.device.device_id" "pd:MACAddress" Personal Identifier;
    Device "device" "device or cookie identifier" "user.device.device_id" "pd:DeviceBased" Personal Identifier;
    Url "url" "web address" "user.contact.url" "pd:Contact" Low Identifier;
    Ssn "us-ssn" "US social security number" "user.government_id.national_identification_number" "pd:OfficialID" High Identifier;
    Itin "us-itin" "US individual taxpayer number" "user.government_id.national_identification_number" "pd:OfficialID" High Identifier;
    GermanTax "de-tax-id" "German tax identification number" "user.government_id.national_identification_number" "pd:OfficialID" High Identifier;
    FrenchNir "fr-nir" "French social security number (NIR)" "user.government_id.national_identification_number" "pd:OfficialID" High Identifier;
    SpanishDni "es-dni" "Spanish identity number (DNI, NIE)" "user.government_id.national_identification_number" "pd:OfficialID" High Identifier;
    ItalianCode "it-codice-fiscale" "Italian fiscal code" "user.government_id.national_identification_number" "pd:OfficialID" High Identifier;
    DutchBsn "nl-bsn" "Dutch citizen service number (BSN)" "user.government_id.national_identification_number" "pd:OfficialID" High Identifier;
    Nino "uk-nino" "UK national insurance number" "user.government_id.national_identification_number" "pd:OfficialID" High Identifier;
    Nhs "uk-nhs" "UK NHS number" "user.health_and_medical.record_id" "pd:HealthRecord" High Identifier;
    SwissAhv "ch-ahv" "Swiss social security number (AHV)" "user.government_id.national_identification_number" "pd:OfficialID" High Identifier;
    NationalId "national-id" "national identification number" "user.government_id.national_identification_number" "pd:OfficialID" High Identifier;
    Passport "passport" "passport number" "user.government_id.passport_number" "pd:Passport" High Identifier;
    Licence "driving-licence" "driving licence number" "user.government_id.drivers_license_number" "pd:OfficialID" High Identifier;
    Plate "vehicle-plate" "vehicle registration" "user.government_id.vehicle_registration" "pd:VehicalLicenseRegistration" Personal Identifier;
    Name "name" "person's name" "user.name" "pd:Name" Personal Identifier;
    FirstName "first-name" "first name" "user.name.first" "pd:Name" Personal Identifier;
    LastName "last-name" "last name" "user.name.last" "pd:Name" Personal Identifier;
    Address "address" "postal address" "user.contact.address" "pd:PhysicalAddress" Personal Identifier;
    Street "street" "street and house number" "user.contact.address.street" "pd:Street" Personal Identifier;
    City "city" "town" "user.contact.address.city" "pd:City" Low QuasiIdentifier;
    Region "region" "region or state" "user.contact.address.state" "pd:Region" Low QuasiIdentifier;
    Country "country" "country" "user.contact.address.country" "pd:Country" Low QuasiIdentifier;
    PostalCode "postal-code" "postal code" "user.contact.address.postal_code" "pd:PostalCode" Low QuasiIdentifier;
    Coordinates "coordinates" "geographic coordinates" "user.location.precise" "pd:GPSCoordinate" Personal QuasiIdentifier;
    BirthDate "date-of-birth" "date of birth" "user.demographic.date_of_birth" "pd:BirthDate" Personal QuasiIdentifier;
    Age "age" "age" "user.demographic.age_range" "pd:Age" Low QuasiIdentifier;
    Gender "gender" "sex or gender" "user.demographic.gender" "pd:Gender" Low QuasiIdentifier;
    MaritalStatus "marital-status" "marital status" "user.demographic.marital_status" "pd:MaritalStatus" Low QuasiIdentifier;
    Nationality "nationality" "nationality" "user.demographic" "pd:Nationality" Personal QuasiIdentifier;
    Occupation "occupation" "occupation" "user.job_title" "pd:Job" Low QuasiIdentifier;
    Education "education" "education" "user.demographic.profile" "pd:Education" Low QuasiIdentifier;
    Income "income" "income or salary" "user.financial" "pd:Income" High Sensitive;
    Username "username" "user name" "user.account.username" "pd:Username" Personal Identifier;
    Password "password" "password or secret" "user.authorization.password" "pd:Password" High Identifier;
    PersonNumber "person-number" "number of a customer or person" "user.unique_id" "pd:Identifier" Personal Identifier;
    Health "health" "health" "user.health_and_medical" "pd:Health" Special Sensitive;
    Genetic "genetic" "genetic data" "user.health_and_medical.genetic" "pd:Genetic" Special Sensitive;
    Biometric "biometric" "biometric data" "user.biometric" "pd:Biometric" Special Sensitive;
    Religion "religion" "religion or belief" "user.demographic.religious_belief" "pd:Religion" Special Sensitive;
    Union "union-membership" "trade union membership" "user.demographic.profile" "pd:TradeUnionMembership" Special Sensitive;
    Politics "political-opinion" "political opinion" "user.demographic.political_opinion" "pd:PoliticalOpinion" Special Sensitive;
    SexualLife "sexual-life" "sexual life or orientation" "user.demographic.sexual_orientation" "pd:Sexual" Special Sensitive;
    Ethnicity "ethnic-origin" "ethnic origin" "user.demographic.race_ethnicity" "pd:EthnicOrigin" Special Sensitive;
    Criminal "criminal-record" "criminal record" "user.criminal_history" "pd:Criminal" Special Sensitive;
}

impl Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key())
    }
}

impl Kind {
    /// The kind with this key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.key() == key)
    }

    /// Whether the form of a value alone tells it from nearly everything else.
    pub(crate) const fn self_evident(self) -> bool {
        use Kind::*;
        matches!(
            self,
            Email | Card | Iban | Ip | Mac | Url | FrenchNir | SpanishDni | ItalianCode | Ssn | Nino | SwissAhv
        )
    }

    /// The share of random values of the right length that pass its check digit.
    pub(crate) const fn chance(self) -> f64 {
        match self {
            Self::DutchBsn | Self::Nhs | Self::GermanTax => 0.1,
            Self::Card => 0.02,
            Self::SpanishDni => 0.045,
            Self::Phone => 0.3,
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn keys_are_unique_and_found_again() {
        let keys: BTreeSet<&str> = Kind::ALL.iter().map(|kind| kind.key()).collect();
        assert_eq!(keys.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert_eq!(Kind::from_key(kind.key()), Some(*kind));
            assert!(kind.fideslang().starts_with("user."), "{kind:?}");
            assert!(kind.dpv().starts_with("pd:"), "{kind:?}");
        }
        assert_eq!(Kind::from_key("none"), None);
    }
}
