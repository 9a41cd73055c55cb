//! Root's powers, given away: a page started by root does what it does for anybody else.

use rustix::thread::{
    CapabilitySet, CapabilitySets, clear_ambient_capability_set, remove_capability_from_bounding_set, set_capabilities,
    set_no_new_privs,
};

use crate::sandbox::refusal::Refusal;

/// Drops every capability for good, and the way to get any by starting a program.
pub(super) fn drop_all() -> Result<(), Refusal> {
    for capability in CapabilitySet::all().iter() {
        // Only who has CAP_SETPCAP may; who has not gets nothing by the flag below either. Numbers that this kernel
        // does not know are refused, too.
        let _ = remove_capability_from_bounding_set(capability);
    }
    // Kernels before 4.3 have no such set.
    let _ = clear_ambient_capability_set();
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, none).map_err(Refusal::of("drop all capabilities"))?;
    set_no_new_privs(true).map_err(Refusal::of("give up new privileges"))
}
