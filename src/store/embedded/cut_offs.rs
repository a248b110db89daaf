//! Cut-offs. There is one instance, so its copy is what stands.

use std::sync::{Arc, PoisonError, RwLock};

use redb::ReadableTable as _;

use super::fault::{Fault, Stop};
use super::tables::{CUT_OFF, CUT_OFFS, Reading, Writer, record};
use crate::store::cutoff::Moment;
use crate::store::{CutOff, CutOffOf, CutOffs};

/// What stands in the table, for the check.
#[derive(Debug, Default)]
pub(super) struct Copy(RwLock<Arc<CutOffs>>);

impl Copy {
    /// Reads the table.
    pub(super) fn read(reading: &impl Reading) -> Result<Self, Fault> {
        let mut cut_offs = CutOffs::default();
        for row in reading.read(CUT_OFFS)?.iter()? {
            let (name, moment) = row?;
            let of = CutOffOf::parse(name.value())
                .ok_or_else(|| Fault::corrupt("a cut-off of a kind that is unknown"))?;
            let Moment { at, .. } = serde_json::from_slice(moment.value())?;
            cut_offs.add(of, at);
        }
        Ok(Self(RwLock::new(Arc::new(cut_offs))))
    }

    pub(super) fn get(&self) -> Arc<CutOffs> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds what was written.
    pub(super) fn add(&self, cut_off: CutOff) {
        let mut copy = self.0.write().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut copy).add(cut_off.of, cut_off.at);
    }
}

/// Writes a cut-off. A later moment stands; neither it nor how long it is kept ever goes back.
pub(super) fn impose(writer: &Writer, cut_off: &CutOff) -> Result<(), Stop> {
    let name = cut_off.of.name();
    let old: Option<Moment> = record(writer, CUT_OFFS, &name)?;
    let moment = Moment {
        at: old.map_or(0, |old| old.at).max(cut_off.at),
        until: old.map_or(0, |old| old.until).max(cut_off.until),
    };
    writer.put(CUT_OFFS, &name, &moment)?;
    writer.expires(moment.until, CUT_OFF, &name)?;
    Ok(())
}

/// Removes one that is kept no longer.
pub(super) fn sweep(writer: &Writer, name: &str) -> Result<(), Fault> {
    let moment: Option<Moment> = record(writer, CUT_OFFS, name)?;
    if moment.is_some_and(|moment| moment.until <= writer.now()) {
        writer.table(CUT_OFFS)?.remove(name)?;
    }
    Ok(())
}
