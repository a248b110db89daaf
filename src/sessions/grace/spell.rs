//! When grace begins and ends, for the log: a line for each, and none for each request.

use std::time::Duration;

/// An outage is over only when there was no grace for so long: a store that answers now and then
/// must not write two lines each time.
const QUIET: Duration = Duration::from_secs(1);

/// What is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// The first answer in grace was given, of an audience that goes by what was seen for so long.
    Began(Duration),
    /// The store answers again, after so many answers in grace, the first so long before the last.
    Back(u64, Duration),
    /// Nothing was seen lately enough any more, after so many answers in grace.
    Over(u64),
}

/// A stretch of answers given in grace, if one lasts.
#[derive(Debug)]
pub(super) struct Spell {
    longest: Duration,
    /// When the last question was asked that the store has answered.
    answered_at: Duration,
    lasting: Option<Lasting>,
}

#[derive(Debug)]
struct Lasting {
    answers: u64,
    first: Duration,
    last: Duration,
}

impl Spell {
    pub(super) const fn new(longest: Duration) -> Self {
        Self {
            longest,
            answered_at: Duration::ZERO,
            lasting: None,
        }
    }

    /// An answer was given in grace.
    pub(super) fn given(&mut self, now: Duration, within: Duration) -> Option<News> {
        if let Some(lasting) = &mut self.lasting {
            lasting.answers += 1;
            lasting.last = now;
            return None;
        }
        self.lasting = Some(Lasting {
            answers: 1,
            first: now,
            last: now,
        });
        Some(News::Began(within))
    }

    /// The store has answered what was asked then.
    pub(super) fn answered(&mut self, asked_at: Duration) -> Option<News> {
        self.answered_at = self.answered_at.max(asked_at);
        let over = |it: &mut Lasting| asked_at >= it.last + QUIET;
        let Lasting {
            answers,
            first,
            last,
        } = self.lasting.take_if(over)?;
        Some(News::Back(answers, last.saturating_sub(first)))
    }

    /// The store did not answer, and nothing was there to go by.
    pub(super) fn refused(&mut self, now: Duration) -> Option<News> {
        if now.saturating_sub(self.answered_at) < self.longest {
            return None;
        }
        let lasting = self.lasting.take()?;
        Some(News::Over(lasting.answers))
    }
}

/// Says it in the log.
pub(super) fn tell(news: Option<News>) {
    match news {
        None => {}
        Some(News::Began(within)) => log::warn!(
            "grace begins: the store cannot be asked, so tokens are taken for {} s after this \
             instance has last seen them live; what other instances end is not seen",
            within.as_secs()
        ),
        Some(News::Back(answers, time)) => log::warn!(
            answers = answers;
            "grace ends: the store answers again; {answers} answers were given in grace within {} s",
            time.as_secs()
        ),
        Some(News::Over(answers)) => log::warn!(
            answers = answers;
            "grace ends: its time is up and the store still cannot be asked, so every check is 503; \
             {answers} answers were given in grace"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn an_outage_is_told_of_twice() {
        let mut spell = Spell::new(at(30));
        assert_eq!(spell.answered(at(100)), None);
        assert_eq!(spell.given(at(101), at(30)), Some(News::Began(at(30))));
        assert_eq!(spell.given(at(103), at(10)), None);
        assert_eq!(spell.refused(at(129)), None, "others may still be taken");
        assert_eq!(spell.answered(at(103)), None, "asked before, or at once");
        assert_eq!(spell.answered(at(104)), Some(News::Back(2, at(2))));
        assert_eq!(spell.answered(at(105)), None);
    }

    #[test]
    fn an_outage_that_outlasts_the_grace_is_told_of_when_it_does() {
        let mut spell = Spell::new(at(30));
        spell.answered(at(100));
        spell.given(at(101), at(30));
        assert_eq!(spell.refused(at(130)), Some(News::Over(1)));
        assert_eq!(spell.refused(at(131)), None);
        assert_eq!(spell.answered(at(200)), None);
    }
}
