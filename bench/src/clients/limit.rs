//! What loopback and the encryption of MTProto 2.0 allow: one thread encrypts packets of 512 KiB and writes them to a
//! socket, another one reads and decrypts them, and nothing else happens. Argument: bytes.

#![allow(clippy::print_stdout, reason = "its line is what it is for")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Instant;

use chappe_crypto::{AuthKey, Role, message};

/// A part of a file and what is around it, in whole blocks.
const PACKET: usize = (512 << 10) + 64;

type Error = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Error> {
    let bytes: usize = std::env::args().nth(1).ok_or("how many bytes?")?.parse()?;
    let packets = bytes.div_ceil(PACKET).max(1);
    let key = AuthKey::new(std::array::from_fn(|at| at as u8));
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut to = TcpStream::connect(listener.local_addr()?)?;
    let (mut from, _) = listener.accept()?;
    let start = Instant::now();
    let sending = {
        let key = key.clone();
        std::thread::spawn(move || -> Result<(), Error> {
            let plain = vec![7; PACKET];
            let mut packet = plain.clone();
            for _ in 0..packets {
                packet.copy_from_slice(&plain);
                let sealed = message::seal(key.as_bytes(), Role::Initiator, &mut packet)?;
                to.write_all(&sealed.msg_key.0)?;
                to.write_all(&packet)?;
            }
            Ok(())
        })
    };
    let (mut msg_key, mut packet) = ([0; 16], vec![0; PACKET]);
    for _ in 0..packets {
        from.read_exact(&mut msg_key)?;
        from.read_exact(&mut packet)?;
        message::open(key.as_bytes(), Role::Initiator, &msg_key, &mut packet)?;
    }
    let seconds = start.elapsed().as_secs_f64();
    sending.join().map_err(|_| "the sender panicked")??;
    println!("{{\"bytes\": {}, \"seconds\": {seconds}}}", packets * PACKET);
    Ok(())
}
