//! Objects between layers.

use chappe_layers::{Layers, NEWEST, OLDEST};
use chappe_tl::Reader;

use crate::input::Input;

/// An object on its way to an older layer, or a query on its way to the newest. The first byte chooses the layer, bit 0 of
/// the second the direction.
///
/// The newest layer is the identity; what has been converted for a layer stays as it is when it is converted again; the
/// result is not out of proportion.
pub fn layers(data: &[u8]) {
    let mut input = Input::new(data);
    let layer = OLDEST + i32::from(input.u8()) % (NEWEST - OLDEST + 1);
    let up = input.bool();
    let object = input.rest();
    let layers = Layers::load();
    if up {
        let Ok(query) = layers.up(layer, object) else { return };
        assert_eq!(layers.up(layer, &query).expect("a query of the newest layer does not convert"), query);
        assert!(query.len() <= 64 * object.len().max(16));
        return;
    }
    let Ok(older) = layers.down(layer, object) else { return };
    assert!(older.len() <= 64 * object.len().max(16));
    let again = layers.down(layer, &older).expect("an object of the layer does not convert to that layer");
    assert_eq!(again, older);
    if let Ok(method) = Reader::new(object).u32() {
        let _ = layers.down_result(layer, method, object.get(4..).unwrap_or_default());
    }
    if layer == NEWEST {
        assert_eq!(older, object);
    }
}
