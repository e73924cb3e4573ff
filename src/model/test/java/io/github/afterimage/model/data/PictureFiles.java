package io.github.afterimage.model.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;

/** Writes image files for tests, some of them byte by byte. */
public final class PictureFiles {
    private static final int PNG_HEADER_BYTES = 8 + 25; // signature and IHDR

    private PictureFiles() {}

    static byte[] encoded(BufferedImage picture, String format) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(picture, format, bytes);
        return bytes.toByteArray();
    }

    /** Makes a big-endian EXIF directory with an orientation only. */
    static byte[] exif(int orientation) {
        ByteBuffer exif = ByteBuffer.allocate(26);
        exif.putShort((short) 0x4d4d).putShort((short) 42).putInt(8).putShort((short) 1);
        exif.putShort((short) 0x0112).putShort((short) 3).putInt(1).putShort((short) orientation);
        return exif.array();
    }

    /** Inserts a chunk after the header of a PNG file. */
    static byte[] withChunk(byte[] png, String type, byte[] content) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 checksum = new CRC32();
        checksum.update(name);
        checksum.update(content);
        return ByteBuffer.allocate(png.length + 12 + content.length)
                .put(png, 0, PNG_HEADER_BYTES)
                .putInt(content.length)
                .put(name)
                .put(content)
                .putInt((int) checksum.getValue())
                .put(png, PNG_HEADER_BYTES, png.length - PNG_HEADER_BYTES)
                .array();
    }

    /** Inserts EXIF data at the start of a JPEG file. */
    static byte[] withExif(byte[] jpeg, byte[] exif) {
        return ByteBuffer.allocate(jpeg.length + 10 + exif.length)
                .put(jpeg, 0, 2)
                .putShort((short) 0xffe1)
                .putShort((short) (8 + exif.length))
                .put("Exif\0\0".getBytes(StandardCharsets.US_ASCII))
                .put(exif)
                .put(jpeg, 2, jpeg.length - 2)
                .array();
    }

    /** Writes a black PNG file of any size: grey, one bit for each pixel. */
    static byte[] blackPng(int width, int height) throws IOException {
        byte[] png = encoded(new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_BINARY), "png");
        ByteBuffer header = ByteBuffer.wrap(png);
        header.putInt(16, width).putInt(20, height);
        CRC32 checksum = new CRC32();
        checksum.update(png, 12, 17);
        header.putInt(29, (int) checksum.getValue());
        byte[] start = Arrays.copyOf(png, PNG_HEADER_BYTES);
        byte[] end = Arrays.copyOfRange(png, png.length - 12, png.length);
        byte[] empty = ByteBuffer.allocate(start.length + end.length)
                .put(start)
                .put(end)
                .array();
        return withChunk(empty, "IDAT", deflated(new byte[(int) ((long) height * ((width + 7) / 8 + 1))]));
    }

    static byte[] deflated(byte[] bytes) {
        Deflater deflater = new Deflater(9);
        deflater.setInput(bytes);
        deflater.finish();
        byte[] target = new byte[bytes.length / 100 + 1000];
        int length = deflater.deflate(target);
        deflater.end();
        return Arrays.copyOf(target, length);
    }

    /** Writes a whole grey progressive JPEG file, where each scan but the first has a few bytes. */
    public static byte[] jpeg(int width, int height, int scans) {
        int blocks = ((width + 7) / 8) * ((height + 7) / 8);
        StringBuilder runs = new StringBuilder(); // each of 32767 blocks without coefficients: a code, and 14 bits
        for (int left = blocks; left > 0; left -= 32767) {
            runs.append("011111111111111");
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(new byte[] {-1, (byte) 0xd8});
        file.writeBytes(segment(0xdb, "00" + "01".repeat(64)));
        file.writeBytes(segment(0xc2, "08%04x%04x01011100".formatted(height, width)));
        file.writeBytes(segment(0xc4, "0001" + "00".repeat(16)));
        file.writeBytes(segment(0xc4, "1001" + "00".repeat(15) + "e0"));
        file.writeBytes(segment(0xda, "010100000000"));
        file.writeBytes(new byte[(blocks + 7) / 8]); // a bit each, which is 0
        byte[] scan = segment(0xda, "010100013f00");
        byte[] pixels = bytes(runs.append("1".repeat(7 - (runs.length() + 7) % 8)));
        for (int i = 1; i < scans; i++) {
            file.writeBytes(scan);
            file.writeBytes(pixels);
        }
        file.writeBytes(new byte[] {-1, (byte) 0xd9});
        return file.toByteArray();
    }

    private static byte[] segment(int marker, String content) {
        byte[] bytes = HexFormat.of().parseHex(content);
        return ByteBuffer.allocate(4 + bytes.length)
                .putShort((short) (0xff00 | marker))
                .putShort((short) (2 + bytes.length))
                .put(bytes)
                .array();
    }

    /** Packs bits, with a zero behind each byte 0xff. */
    private static byte[] bytes(CharSequence bits) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < bits.length(); i += 8) {
            int value = Integer.parseInt(bits.subSequence(i, i + 8).toString(), 2);
            bytes.write(value);
            if (value == 0xff) {
                bytes.write(0);
            }
        }
        return bytes.toByteArray();
    }

    /** Writes a grey TIFF file whose tiles are all the same bytes. */
    static byte[] tiff(int width, int height, int tile, int compression, byte[] content) {
        int tiles = ((width + tile - 1) / tile) * ((height + tile - 1) / tile);
        int lists = 8 + 2 + 10 * 12 + 4;
        int start = lists + 8 * tiles;
        ByteBuffer file = ByteBuffer.allocate(start + content.length);
        file.putShort((short) 0x4d4d).putShort((short) 42).putInt(8).putShort((short) 10);
        int[][] entries = {
            {256, 1, width},
            {257, 1, height},
            {258, 1, 8},
            {259, 1, compression},
            {262, 1, 1},
            {277, 1, 1},
            {322, 1, tile},
            {323, 1, tile},
            {324, tiles, tiles == 1 ? start : lists},
            {325, tiles, tiles == 1 ? content.length : lists + 4 * tiles}
        };
        for (int[] entry : entries) {
            boolean isShort = entry[0] > 257 && entry[0] < 300;
            file.putShort((short) entry[0]).putShort((short) (isShort ? 3 : 4)).putInt(entry[1]);
            file.putInt(isShort ? entry[2] << 16 : entry[2]);
        }
        file.putInt(0);
        for (int i = 0; i < 2 * tiles; i++) {
            file.putInt(i < tiles ? start : content.length);
        }
        return file.put(content).array();
    }

    /** Writes a BMP file around a JPEG file, which is compression 4. */
    static byte[] bmp(int width, int height, byte[] jpeg) {
        return ByteBuffer.allocate(54 + jpeg.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) 0x4d42)
                .putInt(54 + jpeg.length)
                .putInt(0)
                .putInt(54)
                .putInt(40)
                .putInt(width)
                .putInt(height)
                .putInt(1)
                .putInt(4)
                .putInt(jpeg.length)
                .position(54)
                .put(jpeg)
                .array();
    }
}
