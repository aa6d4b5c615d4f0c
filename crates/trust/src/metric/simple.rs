//! Metrics every business keeps: recommendation, satisfaction, retention, reviews, referrals.

use super::{Form, Holds, Kind, Metric, SHOW, given, meaning, optional};
use guildhall_kpi::Direction;

pub(super) const NPS: Metric = Metric {
    name: "nps",
    title: "Net Promoter Score",
    kind: Kind::Share,
    needs: &[&[meaning("score", Holds::Number, "likelihood to recommend")]],
    parameters: &[
        given("low", Form::Number, "0", "lower end of the scale; answers outside it are no answers"),
        given("high", Form::Number, "10", "upper end of the scale"),
        given("promoter", Form::Number, "9", "least score of a promoter"),
        given("detractor", Form::Number, "6", "greatest score of a detractor"),
    ],
    definition: "The share of promoters minus the share of detractors, in points from -100 to 100.",
    source: "F. F. Reichheld, The One Number You Need to Grow, Harvard Business Review 81(12), 2003",
    direction: Direction::Higher,
};

pub(super) const CSAT: Metric = Metric {
    name: "csat",
    title: "Customer satisfaction",
    kind: Kind::Mean,
    needs: &[&[meaning("score", Holds::Number, "satisfaction")]],
    parameters: &[
        given("low", Form::Number, "1", "lower end of the scale"),
        given("high", Form::Number, "5", "upper end of the scale"),
        optional("top", Form::Number, "least score of a satisfied customer; the two highest where absent"),
        SHOW,
    ],
    definition: "The share of customers who chose one of the two highest answers, and the mean answer.",
    source: "N. A. Morgan and L. L. Rego, The Value of Different Customer Satisfaction and Loyalty Metrics, \
             Marketing Science 25(5), 2006 (top-2 box and mean)",
    direction: Direction::Higher,
};

pub(super) const RETENTION_RATE: Metric = Metric {
    name: "retention-rate",
    title: "Customer retention rate",
    kind: Kind::Share,
    needs: &[
        &[meaning("left", Holds::Truth, "whether the customer has left")],
        &[meaning("active", Holds::Date, "date of a sign of life, e.g. a purchase")],
    ],
    parameters: &[
        optional("days", Form::Count, "days without a sign of life after which a customer counts as gone"),
        optional("reference", Form::Date, "the day looked back from; the end of the window where absent"),
    ],
    definition: "The share of customers who stayed; by cohort, the share of those who first bought in a month and \
                 bought again so many months later.",
    source: "P. W. Farris et al., Marketing Metrics, 3rd edition, 2016, section 5.1",
    direction: Direction::Higher,
};

pub(super) const REVIEW_RATING: Metric = Metric {
    name: "review-rating",
    title: "Review rating",
    kind: Kind::Mean,
    needs: &[&[meaning("stars", Holds::Number, "stars of a review")]],
    parameters: &[
        given("low", Form::Number, "1", "fewest stars"),
        given("high", Form::Number, "5", "most stars"),
        given("top", Form::Number, "4", "fewest stars of a good review"),
        SHOW,
    ],
    definition: "The mean stars of the customers' reviews, and the share with four or five.",
    source: "J. A. Chevalier and D. Mayzlin, The Effect of Word of Mouth on Sales: Online Book Reviews, \
             Journal of Marketing Research 43(3), 2006",
    direction: Direction::Higher,
};

pub(super) const REFERRAL_RATE: Metric = Metric {
    name: "referral-rate",
    title: "Referral rate",
    kind: Kind::Share,
    needs: &[&[meaning("referred", Holds::Truth, "whether this row is a referral made, or the customer made one")]],
    parameters: &[],
    definition: "The share of customers who referred at least one other.",
    source: "V. Kumar, J. A. Petersen and R. P. Leone, How Valuable Is Word of Mouth?, Harvard Business Review 85(10), 2007",
    direction: Direction::Higher,
};
