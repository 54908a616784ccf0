//! `user`, the one constructor of login and secret chats that changed between the layers of today's clients.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use chappe_layers::{LayerError, Layers};
use chappe_tl::{DecodeError, Reader, Writer};

const USER_232: u32 = 0xb1b8_cc83;
const USER_198: u32 = 0x4b46_c37e;
const SELF: u32 = 1 << 10;
const FIRST_NAME: u32 = 1 << 1;
const STORIES_MAX_ID: u32 = 1 << 5;
const BOT_GUARD: u32 = 1 << 20;
const LINKED_COMMUNITY: u32 = 1 << 21;
const RECENT_STORY: u32 = 0x711d_692d;

fn user(flags2: u32, rest: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.u32(USER_232);
    writer.u32(SELF | FIRST_NAME);
    writer.u32(flags2);
    writer.i64(777);
    writer.bytes(b"Alice");
    rest(&mut writer);
    writer.finish().unwrap()
}

fn assert_is_alice_in_layer_198(bytes: &[u8]) {
    let mut reader = Reader::new(bytes);
    assert_eq!(reader.u32(), Ok(USER_198));
    assert_eq!(reader.u32(), Ok(SELF | FIRST_NAME));
    assert_eq!(reader.u32(), Ok(0), "flags that layer 198 does not know are cleared");
    assert_eq!(reader.i64(), Ok(777));
    assert_eq!(reader.bytes(), Ok(&b"Alice"[..]));
    assert_eq!(reader.finish(), Ok(()));
}

#[test]
fn a_user_goes_down_to_the_shape_of_layer_198() {
    let down = Layers::load().down(198, &user(BOT_GUARD, |_| ())).unwrap().into_owned();
    assert_is_alice_in_layer_198(&down);
}

#[test]
fn fields_that_the_older_layer_lacks_are_left_out() {
    let newest = user(LINKED_COMMUNITY, |writer| writer.i64(5));
    assert_is_alice_in_layer_198(&Layers::load().down(198, &newest).unwrap());
}

#[test]
fn a_field_whose_type_changed_is_left_out_where_it_says_nothing() {
    let newest = user(STORIES_MAX_ID, |writer| {
        writer.u32(RECENT_STORY);
        writer.u32(0);
    });
    assert_is_alice_in_layer_198(&Layers::load().down(198, &newest).unwrap());
}

#[test]
fn users_within_vectors_are_converted_too() {
    let mut writer = Writer::new();
    writer.u32(chappe_tl::wire::VECTOR);
    writer.count(1);
    writer.raw(&user(0, |_| ()));
    let down = Layers::load().down(198, &writer.finish().unwrap()).unwrap().into_owned();
    assert_is_alice_in_layer_198(&down[8..]);
}

#[test]
fn a_user_goes_up_again() {
    let layers = Layers::load();
    let newest = user(0, |_| ());
    let down = layers.down(198, &newest).unwrap().into_owned();
    assert_eq!(layers.up(198, &down).unwrap(), newest);
}

#[test]
fn a_client_of_a_newer_layer_is_served_the_newest() {
    let newest = user(BOT_GUARD, |_| ());
    assert_eq!(Layers::load().down(240, &newest).unwrap(), newest);
}

#[test]
fn results_of_plain_numbers_are_copied() {
    // messages.receivedQueue#55a5bb66 max_qts:int = Vector<long>;
    let mut writer = Writer::new();
    writer.vector(&[i64::MAX, 1]);
    let result = writer.finish().unwrap();
    assert_eq!(Layers::load().down_result(198, 0x55a5_bb66, &result).unwrap(), result);
}

#[test]
fn bytes_that_are_no_object_are_an_error() {
    assert_eq!(
        Layers::load().down(198, &[1, 2, 3, 4]),
        Err(LayerError::Decode(DecodeError::UnexpectedConstructor { id: 0x0403_0201 }))
    );
    assert_eq!(
        Layers::load().down(198, &user(0, |_| ())[..20]),
        Err(LayerError::Decode(DecodeError::UnexpectedEnd))
    );
}
