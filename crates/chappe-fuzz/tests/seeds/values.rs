//! Objects, JSON, schema texts, compressed and wrapped queries.

use std::io::Write as _;
use std::sync::Arc;

use chappe_mtproto::rpc::container::{self, Item};
use chappe_mtproto::rpc::gzip as packing;
use chappe_mtproto::rpc::service::Service;
use chappe_mtproto::rpc::wrappers::{InitConnection, init_connection, invoke_after_msg, invoke_with_layer};
use chappe_mtproto::session::{FutureSalt, MsgId, SeqNo};
use chappe_tl::dynamic::{Object, Schema, Value};
use chappe_tl::parse::{Definition, Kind, Type};
use flate2::Compression;

use super::Seeds;

/// Random objects, the same in every run: few fields deep down, some above.
struct Generator<'s> {
    schema: &'s Schema,
    state: u64,
}

impl<'s> Generator<'s> {
    fn new(schema: &'s Schema) -> Self {
        Self { schema, state: 1 }
    }

    fn next(&mut self) -> u64 {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.state >> 33
    }

    fn below(&mut self, limit: usize) -> usize {
        self.next() as usize % limit.max(1)
    }

    fn object(&mut self, definition: &Arc<Definition>, room: u32) -> Option<Object> {
        let mut object = Object::new(Arc::clone(definition));
        // Fields that share a bit come and go together.
        let bits: Vec<bool> = (0..64).map(|_| room > 0 && self.below(4) == 0).collect();
        for param in definition.params.iter().filter(|param| param.ty != Type::Flags) {
            let bank = usize::from(param.flag.as_ref().is_some_and(|flag| flag.field != "flags"));
            let present = param.flag.as_ref().is_none_or(|flag| bits[usize::from(flag.bit) + 32 * bank]);
            if present {
                let value = self.value(&param.ty, room.checked_sub(1)?)?;
                object.set(&param.name, value).unwrap();
            }
        }
        Some(object)
    }

    /// A value; nothing if there is no room for one.
    fn value(&mut self, ty: &Type, room: u32) -> Option<Value> {
        Some(match ty {
            Type::Int | Type::Flags => Value::Int(self.next() as i32),
            Type::Long => Value::Long(self.next() as i64),
            Type::Double => Value::Double(1.5),
            Type::Bool => Value::Bool(self.below(2) == 1),
            Type::True => Value::Bool(true),
            Type::Int128 => Value::Int128([7; 16]),
            Type::Int256 => Value::Int256(Box::new([8; 32])),
            Type::Bytes => Value::Bytes(vec![9; self.below(9)]),
            Type::String => Value::String("text é".chars().take(self.below(7)).collect()),
            Type::Vector(item) | Type::BareVector(item) => {
                let len = if room == 0 { 0 } else { self.below(3) };
                Value::Vector((0..len).filter_map(|_| self.value(item, room - 1)).collect())
            }
            _ => {
                let name = ty.name()?;
                let choices: Vec<_> = self.schema.constructors(name).collect();
                let start = self.below(choices.len());
                let object = (0..choices.len().min(40))
                    .find_map(|step| self.object(choices[(start + step) % choices.len()], room));
                Value::Object(object?)
            }
        })
    }

    fn of_type(&mut self, ty: &str, count: usize, max_len: usize) -> Vec<Vec<u8>> {
        let choices: Vec<_> = self.schema.constructors(ty).collect();
        let mut found = Vec::new();
        for round in 0..count * 20 {
            let room = 2 + round as u32 % 4;
            let choice = choices[self.below(choices.len())];
            let bytes = self.object(choice, room).and_then(|object| object.to_bytes().ok());
            found.extend(bytes.filter(|bytes| bytes.len() <= max_len && bytes.len() > 4));
            if found.len() == count {
                break;
            }
        }
        found
    }
}

fn schema(text: &str) -> Schema {
    Schema::parse(text).unwrap()
}

fn tagged(tag: u8, bytes: &[u8]) -> Vec<u8> {
    [&[tag], bytes].concat()
}

pub(crate) fn tl(seeds: &mut Seeds) {
    let (api, secret) = (schema(chappe_api::API_TL), schema(chappe_api::SECRET_TL));
    for (index, name) in chappe_fuzz::tl::COMPARED_NAMES.iter().enumerate() {
        let schema = if name.starts_with("Decrypted") { &secret } else { &api };
        for (number, bytes) in Generator::new(schema).of_type(name, 4, 700).iter().enumerate() {
            seeds.add(&format!("{name}-{number}"), tagged(index as u8, bytes));
        }
    }
    let first = chappe_fuzz::tl::COMPARED_NAMES.len();
    let calls = [
        "messages.sendMessage",
        "messages.sendMedia",
        "messages.sendEncryptedService",
        "contacts.importContacts",
        "auth.signIn",
        "updates.getDifference",
    ];
    let mut generator = Generator::new(&api);
    for (index, name) in calls.iter().enumerate() {
        let object = (0..99).find_map(|_| generator.object(api.method(name).unwrap(), 4)).unwrap();
        seeds.add(name, tagged((first + index) as u8, &object.to_bytes().unwrap()));
    }
    let vector = |items: &[&[u8]]| {
        let head = [0x1cb5_c415_u32.to_le_bytes(), (items.len() as u32).to_le_bytes()].concat();
        [head, items.concat()].concat()
    };
    seeds.add("vector-long", tagged(first as u8 + 7, &vector(&[&[1; 8], &[2; 8]])));
    seeds.add("vector-bytes", tagged(first as u8 + 8, &vector(&[&[3, 1, 2, 3], &[0; 4]])));
    seeds.add("string", tagged(first as u8 + 9, b"\x04text\0\0\0"));
    seeds.add("string-long-form", tagged(first as u8 + 9, b"\xfe\x04\0\0text"));
}

pub(crate) fn tl_dynamic(seeds: &mut Seeds) {
    let texts = [chappe_api::MTPROTO_TL, chappe_api::API_TL, chappe_api::SECRET_TL];
    for (tag, text) in texts.into_iter().enumerate() {
        let schema = schema(text);
        let mut generator = Generator::new(&schema);
        let definitions: Vec<_> = schema.definitions().filter(|found| found.ty != Type::Bool).collect();
        let count = if tag == 1 { 90 } else { 25 };
        for number in 0..count {
            let definition = definitions[number * definitions.len() / count];
            let object = generator.object(definition, 4).and_then(|object| object.to_bytes().ok());
            if let Some(bytes) = object.filter(|bytes| bytes.len() < 600) {
                seeds.add(&format!("{tag}-{}", definition.name), tagged(tag as u8, &bytes));
            }
        }
    }
}

pub(crate) fn tl_json(seeds: &mut Seeds) {
    for (name, json) in [
        ("encrypted-chat", r#"{"_":"inputEncryptedChat","chat_id":43,"access_hash":"-4156887774564"}"#),
        (
            "send-encrypted",
            r#"{"_":"messages.sendEncryptedService","peer":{"_":"inputEncryptedChat","chat_id":43,"access_hash":1},"random_id":-4156887774564,"data":"YXJiaXRyYXJ5"}"#,
        ),
        (
            "send-media",
            r#"{"peer":{"_":"inputPeerSelf"},"media":{"_":"inputMediaContact","phone_number":"1","first_name":"é","last_name":"","vcard":""},"message":"m","random_id":"1","silent":true,"entities":[{"_":"messageEntityBold","offset":0,"length":1}]}"#,
        ),
        ("near-miss", r#"{"_":"inputEncryptedChatt","chat_id":43}"#),
        ("layer", r#"{"_":"invokeWithLayer","layer":232,"query":{"_":"help.getConfig"}}"#),
        ("double", r#"{"_":"geoPoint","long":1.5,"lat":-2e300,"access_hash":"9223372036854775807"}"#),
        (
            "pq",
            r#"{"_":"resPQ","nonce":"000102030405060708090a0b0c0d0e0f","server_nonce":"AAECAwQFBgcICQoLDA0ODw==","pq":"F+1I","server_public_key_fingerprints":["1"]}"#,
        ),
        (
            "decrypted",
            r#"{"_":"decryptedMessageService","random_id":"5","action":{"_":"decryptedMessageActionNoop"}}"#,
        ),
        (
            "markup",
            r#"{"_":"replyInlineMarkup","rows":[{"_":"keyboardButtonRow","buttons":[{"_":"keyboardButtonUrl","text":"t","url":"u"}]}]}"#,
        ),
    ] {
        for tag in 0..3_u8 {
            seeds.add(&format!("{name}-{tag}"), tagged(tag, json.as_bytes()));
        }
    }
}

pub(crate) fn schema_text(seeds: &mut Seeds) {
    let lines = |text: &str, every: usize| {
        text.lines().filter(|line| !line.is_empty()).step_by(every).take(12).collect::<Vec<_>>().join("\n")
    };
    seeds.add("api", lines(chappe_api::API_TL, 150));
    seeds.add("mtproto", lines(chappe_api::MTPROTO_TL, 4));
    seeds.add("secret", lines(chappe_api::SECRET_TL, 7));
    for (name, text) in [
        (
            "flags",
            "a#1 flags:# b:flags.0?true c:flags.1?Vector<int> flags2:# d:flags2.31?string = A;\0\x01\0\0\0\x02\0\0\0",
        ),
        ("no-id", "user id:int first_name:string last_name:string = User;\0"),
        ("functions", "a = A;\n---functions---\nb#2 {X:Type} q:!X = X;\n---types---\nc x:%A = C;"),
        ("base-types", "int ? = Int;\nvector {t:Type} # [ t ] = Vector t;\nint128 4*[ int ] = Int128;"),
        (
            "comments",
            "// LAYER 8\n/* one\n two */ a#5 x:long = A;\n===9===\nb#6 y:a = B;\0\x06\0\0\0\x01\x02\x03\x04\x05\x06\x07\x08",
        ),
        ("recursion", "a#1 x:vector<a> = A;\0\x01\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0"),
        ("errors", "a#zz x:int = A;\nb y:flags.32?int = B;\nc = ;\n}{"),
    ] {
        seeds.add(name, text);
    }
}

pub(crate) fn layers(seeds: &mut Seeds) {
    let api = schema(chappe_api::API_TL);
    let mut generator = Generator::new(&api);
    for (ty, layer) in
        [("User", 40_u8), ("Message", 20), ("Updates", 60), ("Chat", 0), ("Config", 45), ("WebPage", 73)]
    {
        for (number, bytes) in generator.of_type(ty, 4, 600).iter().enumerate() {
            seeds.add(&format!("{ty}-{number}"), [&[layer, 0], &bytes[..]].concat());
        }
    }
    for definition in api.methods().filter(|method| method.kind == Kind::Function).step_by(60) {
        if let Some(bytes) = generator.object(definition, 3).and_then(|object| object.to_bytes().ok()) {
            seeds.add(&definition.name, [&[40, 1], &bytes[..]].concat());
        }
    }
}

pub(crate) fn gzip(seeds: &mut Seeds) {
    let text: Vec<u8> = b"four score and seven years ago our fathers ".repeat(9);
    let limit = [0xff, 0];
    let mut gzip = flate2::write::GzEncoder::new(limit.to_vec(), Compression::best());
    gzip.write_all(&text).unwrap();
    seeds.add("gzip", gzip.finish().unwrap());
    let mut zlib = flate2::write::ZlibEncoder::new(limit.to_vec(), Compression::best());
    zlib.write_all(&text).unwrap();
    seeds.add("zlib", zlib.finish().unwrap());
    let mut stored = flate2::write::ZlibEncoder::new(limit.to_vec(), Compression::none());
    stored.write_all(&text[..40]).unwrap();
    seeds.add("stored", stored.finish().unwrap());
    let builder = flate2::GzBuilder::new().filename("name").comment("comment").extra(vec![1, 2, 3]);
    let mut named = builder.write(limit.to_vec(), Compression::fast());
    named.write_all(&[5; 3000]).unwrap();
    seeds.add("named", named.finish().unwrap());
    let mut bomb = flate2::write::GzEncoder::new(vec![0x10, 0], Compression::best());
    bomb.write_all(&[0; 200_000]).unwrap();
    seeds.add("bomb", bomb.finish().unwrap());
    seeds.add("packed", [&limit[..], &packing::pack(&text).unwrap()].concat());
}

pub(crate) fn wrappers(seeds: &mut Seeds) {
    let query = 0xc4f9_186b_u32.to_le_bytes();
    let init = InitConnection { api_id: 6, device_model: "machine".to_owned(), ..InitConnection::default() };
    let wrapped = invoke_with_layer(232, &init_connection(&init, &invoke_after_msg(8, &query)).unwrap());
    seeds.add("wrapped", wrapped.clone());
    let long: Vec<u8> = query.into_iter().chain([0; 400]).collect();
    seeds.add("packed", invoke_with_layer(198, &packing::pack(&long).unwrap()));
    let msg_id = MsgId(0x0102_0304_0506_0708);
    let items = [
        Item { msg_id, seq_no: SeqNo(1), body: &wrapped },
        Item { msg_id: MsgId(4), seq_no: SeqNo(0), body: &query },
    ];
    seeds.add("container", container::write(items.iter().copied()));
    let salt = FutureSalt { valid_since: 1, valid_until: 2, salt: 3 };
    for (name, service) in [
        ("rpc-result", Service::RpcResult { req_msg_id: msg_id, result: b"abcd" }),
        ("rpc-error", Service::RpcError { code: 420, text: "FLOOD_WAIT_3".into() }),
        ("future-salts", Service::FutureSalts { req_msg_id: msg_id, now: 5, salts: vec![salt; 2] }),
        ("new-session", Service::NewSessionCreated { first_msg_id: msg_id, unique_id: 1, server_salt: 2 }),
        ("msg-copy", Service::MsgCopy(Item { msg_id, seq_no: SeqNo(1), body: b"abcd" })),
        ("ack", Service::MsgsAck { msg_ids: vec![1, 2, 3] }),
        (
            "bad-salt",
            Service::BadMsg { bad_msg_id: msg_id, bad_msg_seq_no: SeqNo(4), code: 48, new_salt: Some(5) },
        ),
        ("state-info", Service::MsgsStateInfo { req_msg_id: msg_id, info: b"\x04\x01" }),
        ("all-info", Service::MsgsAllInfo { msg_ids: vec![1], info: b"\x04" }),
        ("resend", Service::MsgResendReq { msg_ids: vec![1], answers: true }),
        ("http-wait", Service::HttpWait),
    ] {
        seeds.add(name, service.to_bytes());
    }
    for text in ["FLOOD_WAIT_31", "FILE_REFERENCE_2_EXPIRED", "2FA_CONFIRM_WAIT_5", "PHONE_MIGRATE_4"] {
        seeds.add(text, text);
    }
}
