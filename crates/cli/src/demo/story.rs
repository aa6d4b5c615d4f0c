//! What the demonstration tells: what happened, and what each party saw.

use guildhall_federation::local::{Event, Outcome};
use std::fmt::Write;

/// The story of a round in plain words.
pub(crate) fn tell(outcome: &Outcome, events: &[Event]) -> String {
    let mut text = String::from("What happened\n");
    let plan = &outcome.plan;
    let threshold = plan.threshold();
    let _ = writeln!(
        text,
        "  {} stalls were invited. {} trustees: any {} can open totals, {} must agree.",
        plan.manifest.roster.len(),
        threshold.k(),
        threshold.t(),
        threshold.u()
    );
    sentences(events).iter().for_each(|line| {
        let _ = writeln!(text, "  {line}");
    });
    let _ = writeln!(
        text,
        "  The round still ended: {} contributions counted, certified and opened by {} agreeing trustees.",
        outcome.set.members.len(),
        outcome.opened.agreeing.len()
    );
    text.push_str(&parties(outcome));
    text
}

/// What happened, one sentence per event that matters to people.
pub(crate) fn sentences(events: &[Event]) -> Vec<String> {
    events.iter().filter_map(sentence).collect()
}

fn sentence(event: &Event) -> Option<String> {
    Some(match event {
        Event::Stopped { trustee, .. } => format!("{trustee} stopped in the middle of the round and never came back."),
        Event::Refused { author, by, why } => {
            format!("{author} sent a figure outside the range with a forged proof: {by} trustees refused it ({why}).")
        }
        Event::Corrected { member } => {
            format!("{member} noticed a mistake and sent a correction; the correction counts.")
        }
        Event::Dissents { trustee } => {
            format!("{trustee} sent a wrong sum share. It dissents from all the others and is not used.")
        }
        Event::SeedsRecovered(count) => format!("{count} seeds got lost on the way; other trustees replaced them."),
        Event::Uploaded { bytes } => {
            format!("Each stall sent one message of {} kB and could go offline.", bytes / 1000)
        }
        _ => return None,
    })
}

fn parties(outcome: &Outcome) -> String {
    let private = outcome.plan.threshold().guarantees().private_against;
    format!(
        "\nWho saw what\n\
         \x20 a stall      its own figures, and what is published; nobody else's\n\
         \x20 a trustee    random-looking shares; any {private} of them together with the coordinator learn no figure\n\
         \x20 coordinator  sealed boxes, masked vectors, who took part; not one figure\n\
         \x20 the public   counts, exact totals, noisy histograms (epsilon {} in all), who agreed and who did not\n",
        outcome.opened.totals.epsilon
    )
}
