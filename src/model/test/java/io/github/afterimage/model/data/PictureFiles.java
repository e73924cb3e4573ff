package io.github.afterimage.model.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;

/** Writes image files for tests, some of them byte by byte. */
final class PictureFiles {
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
}
