//! Metrics that look at behaviour over time: value, churn, repeat purchase, effort, sentiment.

use super::{Form, Holds, Kind, Metric, SHOW, given, meaning, needed, optional};
use guildhall_kpi::Direction;

pub(super) const LIFETIME_VALUE: Metric = Metric {
    name: "lifetime-value",
    title: "Customer lifetime value",
    kind: Kind::MeanAndQuantiles,
    needs: &[&[meaning("value", Holds::Number, "money of one row")]],
    parameters: &[
        needed(
            "clip",
            Form::Number,
            "most that one customer counts for in the window; from policy, never from the data",
        ),
        given("floor", Form::Number, "0", "least that one customer counts for"),
        given("lifespan", Form::Number, "1", "how many windows a customer is expected to stay, from public knowledge"),
        optional(
            "cap",
            Form::Number,
            "most that any one customer can ever be worth, if known: bounds what clipping hides",
        ),
        optional("quantiles", Form::Numbers, "quantiles shown besides the mean, in percent"),
        optional("step", Form::Number, "distance of the candidates for quantiles; a 1000th of the range where absent"),
        optional("currency", Form::Word(&[]), "unit of the value, e.g. GBP"),
    ],
    definition: "Mean value per purchase times purchases per customer times lifespan: what a customer spends in the \
                 window, up to the clip, times the number of windows it stays.",
    source: "S. Gupta and D. R. Lehmann, Customers as Assets, Journal of Interactive Marketing 17(1), 2003; \
             P. W. Farris et al., Marketing Metrics, 3rd edition, 2016, section 5.3",
    direction: Direction::Higher,
};

pub(super) const CHURN_RATE: Metric = Metric {
    name: "churn-rate",
    title: "Churn rate",
    kind: Kind::Share,
    needs: &[
        &[meaning("left", Holds::Truth, "whether the customer has left")],
        &[meaning("active", Holds::Date, "date of a sign of life, e.g. a purchase")],
    ],
    parameters: &[
        optional("days", Form::Count, "days without a sign of life after which a customer counts as gone"),
        optional("reference", Form::Date, "the day looked back from; the end of the window where absent"),
    ],
    definition: "The share of customers who left, or gave no sign of life in the given number of days before the \
                 reference day.",
    source: "S. A. Neslin et al., Defection Detection, Journal of Marketing Research 43(2), 2006",
    direction: Direction::Lower,
};

pub(super) const REPEAT_PURCHASE_RATE: Metric = Metric {
    name: "repeat-purchase-rate",
    title: "Repeat purchase rate",
    kind: Kind::Share,
    needs: &[&[meaning("order", Holds::Any, "what tells purchases apart: an invoice number, or the day")]],
    parameters: &[
        given("times", Form::Count, "2", "purchases from which on a customer counts as repeating"),
        given(
            "count",
            Form::Word(&["distinct", "rows", "number"]),
            "distinct",
            "whether different orders are counted, or rows, or the column already holds the number of purchases",
        ),
    ],
    definition: "The share of the customers who bought that bought at least twice.",
    source: "A. S. C. Ehrenberg, Repeat-Buying, 2nd edition, 1988",
    direction: Direction::Higher,
};

pub(super) const CUSTOMER_EFFORT_SCORE: Metric = Metric {
    name: "customer-effort-score",
    title: "Customer Effort Score",
    kind: Kind::Mean,
    needs: &[&[meaning("score", Holds::Number, "agreement that it was made easy")]],
    parameters: &[
        given("low", Form::Number, "1", "lower end of the scale"),
        given("high", Form::Number, "7", "upper end of the scale: it was easy"),
        given("top", Form::Number, "5", "least score of a customer who found it easy"),
        SHOW,
    ],
    definition: "The mean agreement that the company made it easy, and the share of customers who agree.",
    source: "M. Dixon, K. Freeman and N. Toman, Stop Trying to Delight Your Customers, Harvard Business Review 88(7), \
             2010 (version 2.0 of 2013: 1 to 7, higher is easier)",
    direction: Direction::Higher,
};

pub(super) const SENTIMENT: Metric = Metric {
    name: "sentiment",
    title: "Sentiment of reviews",
    kind: Kind::Share,
    needs: &[&[meaning("text", Holds::Text, "text of a review, in English")]],
    parameters: &[given(
        "least",
        Form::Number,
        "0.05",
        "least compound score of a positive text; below its negative it is negative",
    )],
    definition: "The share of customers whose review is positive, neutral or negative by the VADER lexicon.",
    source: "C. J. Hutto and E. Gilbert, VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social \
             Media Text, ICWSM 2014",
    direction: Direction::Higher,
};

pub(super) const BG_NBD: Metric = Metric {
    name: "bg-nbd",
    title: "Expected purchases (BG/NBD)",
    kind: Kind::ClearOnly,
    needs: &[
        &[
            meaning("frequency", Holds::Number, "repeat purchases of the customer"),
            meaning("recency", Holds::Number, "time from its first to its last purchase"),
            meaning("age", Holds::Number, "time from its first purchase to the end of observation"),
        ],
        &[meaning("purchase", Holds::Date, "date of a purchase")],
    ],
    parameters: &[
        given("horizon", Form::Number, "39", "time ahead for which purchases are expected, in the unit of age"),
        optional(
            "reference",
            Form::Date,
            "end of observation where purchases are dates; the end of the window where absent",
        ),
    ],
    definition: "Maximum-likelihood fit of the beta-geometric/NBD model, and the purchases it expects.",
    source: "P. S. Fader, B. G. S. Hardie and K. L. Lee, Counting Your Customers the Easy Way, Marketing Science 24(2), 2005",
    direction: Direction::Neither,
};

pub(super) const GAMMA_GAMMA: Metric = Metric {
    name: "gamma-gamma",
    title: "Lifetime value (BG/NBD and Gamma-Gamma)",
    kind: Kind::ClearOnly,
    needs: &[&[
        meaning("frequency", Holds::Number, "repeat purchases of the customer"),
        meaning("recency", Holds::Number, "time from its first to its last purchase, in weeks"),
        meaning("age", Holds::Number, "time from its first purchase to the end of observation, in weeks"),
        meaning("spend", Holds::Number, "mean value of its repeat purchases"),
    ]],
    parameters: &[
        given("months", Form::Count, "12", "months ahead"),
        given("discount", Form::Number, "0.01", "discount per month"),
    ],
    definition: "Maximum-likelihood fit of the Gamma-Gamma model of spend and, with BG/NBD, the discounted lifetime value.",
    source: "P. S. Fader and B. G. S. Hardie, The Gamma-Gamma Model of Monetary Value, 2013",
    direction: Direction::Higher,
};
