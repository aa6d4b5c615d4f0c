//! Progress bars for long work, and a record of what happened for the story.

use guildhall_federation::local::Event;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Draws bars on stderr where a person watches, and keeps every other event.
pub(crate) struct Progress {
    visible: bool,
    bar: Mutex<Option<ProgressBar>>,
    events: Mutex<Vec<Event>>,
}

impl Progress {
    /// Bars are drawn only if `visible` and stderr is a terminal.
    pub(crate) const fn new(visible: bool) -> Self {
        Self { visible, bar: Mutex::new(None), events: Mutex::new(Vec::new()) }
    }

    /// Takes an event, from any thread.
    pub(crate) fn observe(&self, event: Event) {
        match event {
            Event::Begins { what, of } => *locked(&self.bar) = Some(self.begin(what, of)),
            Event::Advances(by) => {
                if let Some(bar) = locked(&self.bar).as_ref() {
                    bar.inc(by);
                }
            }
            Event::Ends => {
                if let Some(bar) = locked(&self.bar).take() {
                    bar.finish();
                }
            }
            other => locked(&self.events).push(other),
        }
    }

    /// What happened, in order.
    pub(crate) fn into_events(self) -> Vec<Event> {
        self.events.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, what: &'static str, of: u64) -> ProgressBar {
        let target = if self.visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(of), target);
        let style =
            ProgressStyle::with_template("{msg:45} [{bar:30}] {pos}/{len}").unwrap_or(ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("=> "));
        bar.set_message(what);
        bar
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
