#!/bin/sh
# Makes the files of this directory: 1 kHz at -10 dBov (a sine 6.99 dB below full scale) for 0.4 s, as
# the tools that people have write it. Needs sox with MP3, lame, oggenc, opusenc.
set -e
cd "$(dirname "$0")"
tone() { # rate, channels, further arguments of sox
	rate=$1 channels=$2
	shift 2
	sox -D -n -r "$rate" -c "$channels" "$@" synth 0.4 sine 1000 gain -6.99
}
tone 8000 1 -b 8 -e unsigned pcm8-8k.wav
tone 8000 1 -e mu-law mulaw-8k.wav
tone 8000 1 -e a-law alaw-8k.wav
tone 11025 1 -b 16 pcm16-11k.wav
tone 16000 1 -b 16 pcm16-16k.wav
tone 22050 1 -b 32 -e floating-point float32-22k.wav
tone 44100 1 -b 24 pcm24-44k.wav
tone 48000 2 -b 16 pcm16-48k-stereo.wav
tone 96000 1 -b 32 -e signed pcm32-96k.wav
tone 8000 1 -t raw -e mu-law raw.ulaw
tone 8000 1 -t raw -e a-law raw.alaw
tone 8000 1 -t raw -e signed -b 16 raw.sln
tone 24000 1 -t raw -e signed -b 16 raw.sln24
tone 16000 2 -b 16 src16.wav
tone 44100 2 -b 16 src44.wav
tone 48000 1 -b 16 src48.wav
tone 22050 1 -b 16 src22.wav
tone 24000 1 -b 16 src24.wav
tone 8000 1 -b 16 src8.wav
tone 12000 1 -b 16 src12.wav
tone 11025 2 -b 16 src11.wav
lame --quiet -b 32 src16.wav lame-16k-stereo.mp3
lame --quiet -b 32 src22.wav lame-22k.mp3
lame --quiet -b 48 src24.wav lame-24k.mp3
lame --quiet -V 4 src44.wav lame-44k-vbr-stereo.mp3
lame --quiet -b 128 -p --tt title --ta artist --add-id3v2 src48.wav lame-48k-crc-tags.mp3
lame --quiet -b 64 --cbr src22.wav lame-22k-64.mp3
lame --quiet -b 24 src12.wav lame-12k.mp3
lame --quiet -b 32 --resample 11.025 src11.wav lame-11k-stereo.mp3
lame --quiet -b 16 src8.wav lame-8k.mp3
lame --quiet -t -b 64 src44.wav lame-44k-notag.mp3
oggenc -Q -q 2 -o vorbis-8k.ogg src8.wav
oggenc -Q -q 2 -o vorbis-16k-stereo.ogg src16.wav
oggenc -Q -q 2 -o vorbis-44k-stereo.ogg src44.wav
oggenc -Q -q 2 -o vorbis-48k.ogg src48.wav
opusenc --quiet --bitrate 24 src48.wav opus-48k.opus
opusenc --quiet --bitrate 32 --discard-comments src44.wav opus-44k-stereo.opus
opusenc --quiet --bitrate 16 --framesize 60 src8.wav opus-8k-60ms.opus
cat opus-48k.opus opus-8k-60ms.opus > opus-chained.opus
sox src16.wav flac-16k.flac
rm src*.wav
