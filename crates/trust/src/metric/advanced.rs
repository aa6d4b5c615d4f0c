//! Metrics of trust proper: brand trust, advocacy, perceived privacy and security, consent, recovery, complaints.

use super::{Form, Holds, Kind, Meaning, Metric, ParameterInfo, SHOW, given, meaning, needed, optional};
use guildhall_kpi::Direction;

const ITEM: &[ParameterInfo] = &[
    given("low", Form::Number, "1", "lower end of the scale"),
    given("high", Form::Number, "7", "upper end of the scale"),
    optional("top", Form::Number, "least score of a customer who agrees; the two highest where absent"),
    SHOW,
];

const fn item(
    name: &'static str,
    title: &'static str,
    needs: &'static [&'static [Meaning]],
    definition: &'static str,
    source: &'static str,
) -> Metric {
    Metric { name, title, kind: Kind::Mean, needs, parameters: ITEM, definition, source, direction: Direction::Higher }
}

pub(super) const BRAND_TRUST_INDEX: Metric = Metric {
    name: "brand-trust-index",
    title: "Brand Trust Index",
    kind: Kind::Mean,
    needs: &[&[meaning("item.", Holds::Number, "an item of the survey, e.g. item.quality")]],
    parameters: &[
        given("low", Form::Number, "1", "lower end of the items' scale"),
        given("high", Form::Number, "7", "upper end of the items' scale"),
        needed("weights", Form::Weights, "a whole weight for every item, declared before the data are seen"),
    ],
    definition: "The weighted mean of declared survey items of one customer, from 0 (all lowest) to 100 (all highest), \
                 averaged over customers who answered all of them.",
    source: "A. Chaudhuri and M. B. Holbrook, The Chain of Effects from Brand Trust and Brand Affect to Brand \
             Performance, Journal of Marketing 65(2), 2001; OECD and JRC, Handbook on Constructing Composite \
             Indicators, 2008 (declared weights, min-max scaling)",
    direction: Direction::Higher,
};

pub(super) const ADVOCACY_RATIO: Metric = Metric {
    name: "advocacy-ratio",
    title: "Customer advocacy ratio",
    kind: Kind::Share,
    needs: &[&[meaning("score", Holds::Number, "likelihood to recommend")]],
    parameters: &[
        given("low", Form::Number, "0", "lower end of the scale; answers outside it are no answers"),
        given("high", Form::Number, "10", "upper end of the scale"),
        given("promoter", Form::Number, "9", "least score of an advocate"),
        given("detractor", Form::Number, "6", "greatest score of a critic"),
    ],
    definition: "Of the customers who are advocates or critics, the share of advocates.",
    source: "this project, on the categories of F. F. Reichheld, Harvard Business Review 81(12), 2003; a share rather \
             than advocates per critic, because that quotient has no bound",
    direction: Direction::Higher,
};

pub(super) const PERCEIVED_PRIVACY: Metric = item(
    "perceived-privacy",
    "Perceived privacy",
    &[&[meaning("score", Holds::Number, "agreement with an item on privacy")]],
    "The mean agreement with the item on privacy, and the share of customers who agree.",
    "T. Dinev, H. Xu, J. H. Smith and P. Hart, Information Privacy and Correlates, European Journal of Information \
     Systems 22(3), 2013",
);

pub(super) const PERCEIVED_SECURITY: Metric = item(
    "perceived-security",
    "Perceived security",
    &[&[meaning("score", Holds::Number, "agreement with an item on security")]],
    "The mean agreement with the item on security, and the share of customers who agree.",
    "W. D. Salisbury, R. A. Pearson, A. W. Pearson and D. W. Miller, Perceived Security and World Wide Web Purchase \
     Intention, Industrial Management & Data Systems 101(4), 2001",
);

pub(super) const OPT_IN_RATE: Metric = Metric {
    name: "opt-in-rate",
    title: "Opt-in rate",
    kind: Kind::Share,
    needs: &[&[meaning("opted_in", Holds::Truth, "whether the customer consents")]],
    parameters: &[],
    definition: "The share of the customers asked who consent.",
    source: "Regulation (EU) 2016/679, articles 4(11) and 7",
    direction: Direction::Higher,
};

pub(super) const OPT_OUT_RATE: Metric = Metric {
    name: "opt-out-rate",
    title: "Opt-out rate",
    kind: Kind::Share,
    needs: &[&[meaning("opted_out", Holds::Truth, "whether the customer objects or withdrew consent")]],
    parameters: &[],
    definition: "The share of customers who object to a use of their data or withdrew consent.",
    source: "Regulation (EU) 2016/679, articles 7(3) and 21",
    direction: Direction::Lower,
};

pub(super) const TRANSPARENCY: Metric = item(
    "transparency",
    "Transparency",
    &[&[meaning("score", Holds::Number, "agreement with an item on transparency")]],
    "The mean agreement with the item on transparency, and the share of customers who agree.",
    "B. Rawlins, Give the Emperor a Mirror: Toward Developing a Stakeholder Measurement of Organizational \
     Transparency, Journal of Public Relations Research 21(1), 2008",
);

pub(super) const AUTHENTICITY: Metric = item(
    "authenticity",
    "Authenticity",
    &[&[meaning("score", Holds::Number, "agreement with an item on authenticity")]],
    "The mean agreement with the item on authenticity, and the share of customers who agree.",
    "F. Morhart, L. Malär, A. Guèvremont, F. Girardin and B. Grohmann, Brand Authenticity: An Integrative Framework \
     and Measurement Scale, Journal of Consumer Psychology 25(2), 2015",
);

pub(super) const TRUST_RECOVERY_RATE: Metric = Metric {
    name: "trust-recovery-rate",
    title: "Trust Recovery Rate",
    kind: Kind::Share,
    needs: &[&[
        meaning("incident", Holds::Truth, "whether the row tells of an incident"),
        meaning("recovered", Holds::Truth, "whether the customer trusts again; unknown counts as no"),
    ]],
    parameters: &[],
    definition: "Of the customers who had an incident, the share whose trust came back.",
    source: "S. S. Tax, S. W. Brown and M. Chandrashekaran, Customer Evaluations of Service Complaint Experiences, \
             Journal of Marketing 62(2), 1998",
    direction: Direction::Higher,
};

pub(super) const COMPLAINT_RESOLUTION_TIME: Metric = Metric {
    name: "complaint-resolution-time",
    title: "Complaint resolution time",
    kind: Kind::MeanAndQuantiles,
    needs: &[
        &[
            meaning("opened", Holds::Date, "day the complaint came in"),
            meaning("closed", Holds::Date, "day it was resolved"),
        ],
        &[meaning("days", Holds::Number, "days it took")],
    ],
    parameters: &[
        needed("clip", Form::Number, "most days that count; from policy, never from the data"),
        optional("cap", Form::Number, "most days any complaint can take, if known: bounds what clipping hides"),
        given("quantiles", Form::Numbers, "50", "quantiles shown besides the mean, in percent"),
        given("step", Form::Number, "1", "distance of the candidates for quantiles, in days"),
    ],
    definition: "The mean and the median number of days from a complaint to its resolution, one complaint per \
                 customer, open ones left out.",
    source: "ISO 10002:2018, Guidelines for complaints handling in organizations, clause 8",
    direction: Direction::Lower,
};
