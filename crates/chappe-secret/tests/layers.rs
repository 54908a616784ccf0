//! What we write to peers of each layer, as they read it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code outside of test functions")]

mod forger;

use chappe_api::secret::enums;
use chappe_secret::{Entity, EntityKind, Event, Media, OutgoingMedia, OutgoingText, SecretLayer};
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
fn formatting_that_is_left_out_is_told_and_not_in_our_own_history_either() {
    let mut forger = Forger::new();
    let entity = |kind| Entity { offset: 0, length: 1, kind };
    let say = |forger: &mut Forger| {
        let mut text = OutgoingText::new("x");
        text.entities = vec![entity(EntityKind::Bold), entity(EntityKind::Spoiler)];
        forger.engine.send_text(forger.chat, text.clone(), forger.now, &mut forger.rng).unwrap();
        let place = OutgoingMedia {
            text: text.text,
            entities: text.entities,
            ..OutgoingMedia::new(Media::WebPage { url: "https://example.org".into() })
        };
        forger.engine.send_media(forger.chat, place, None, forger.now, &mut forger.rng).unwrap();
        forger.drain();
        let composed = forger.events.drain(..).filter_map(|event| match event {
            Event::Composed(message) => {
                Some((message.content.formatted().unwrap().entities.clone(), message.left_out))
            }
            _ => None,
        });
        composed.collect::<Vec<_>>()
    };
    // Nobody knows yet what the other side understands.
    let shown = (vec![entity(EntityKind::Bold)], vec![entity(EntityKind::Spoiler)]);
    assert_eq!(say(&mut forger), [shown.clone(), shown]);
    forger.send(46, 1, 0, &service(0xf3048883, &[&144_i32.to_le_bytes()]));
    let shown = (vec![entity(EntityKind::Bold), entity(EntityKind::Spoiler)], vec![]);
    assert_eq!(say(&mut forger), [shown.clone(), shown]);
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
