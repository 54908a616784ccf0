//! What we write to peers of each layer, as they read it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code outside of test functions")]

mod forger;

use chappe_api::secret::enums;
use chappe_secret::{Entity, EntityKind, OutgoingText, SecretLayer};
use chappe_tl::Decode;
use forger::{Forger, service};

/// Tells the engine the layer of its peer, lets it send a text with everything in it, and returns the kinds of
/// entities that arrive.
fn sent_to(layer: i32) -> (SecretLayer, Vec<&'static str>) {
    let mut forger = Forger::new();
    // NotifyLayer, in a wrapper of the oldest layer that has one with entities.
    forger.send(46, 1, 0, &service(0xf3048883, &[&layer.to_le_bytes()]));
    forger.heard.clear();
    let kinds = [EntityKind::Bold, EntityKind::Underline, EntityKind::Spoiler];
    let mut text = OutgoingText::new("a text of three kinds");
    text.entities =
        kinds.into_iter().enumerate().map(|(i, kind)| Entity { offset: i as i32, length: 1, kind }).collect();
    forger.engine.send_text(forger.chat, text, forger.now, &mut forger.rng).unwrap();
    forger.drain();
    assert_eq!(forger.violation(), None);
    let (_, _, body) = forger.heard.pop().unwrap();
    let enums::DecryptedMessage::Message(message) = enums::DecryptedMessage::from_bytes(&body).unwrap()
    else {
        panic!("no message: {body:?}");
    };
    let names = message.entities.unwrap_or_default().into_iter().map(|entity| match entity {
        enums::MessageEntity::Bold(_) => "bold",
        enums::MessageEntity::Underline(_) => "underline",
        enums::MessageEntity::Spoiler(_) => "spoiler",
        _ => "something else",
    });
    (forger.engine.chat(forger.chat).unwrap().peer_layer, names.collect())
}

#[test]
fn a_peer_gets_what_its_layer_can_say() {
    // Below 73 there was another message; nobody speaks it with MTProto 2.0, so 73 is the least that we write.
    for (layer, known, kinds) in [
        (46, 73, &["bold"][..]),
        (73, 73, &["bold"]),
        (101, 101, &["bold", "underline"]),
        (143, 143, &["bold", "underline"]),
        (144, 144, &["bold", "underline", "spoiler"]),
        // What Android announces: no constructor came after 144.
        (151, 151, &["bold", "underline", "spoiler"]),
    ] {
        assert_eq!(sent_to(layer), (SecretLayer(known), kinds.to_vec()), "layer {layer}");
    }
}
