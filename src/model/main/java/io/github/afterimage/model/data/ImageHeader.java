package io.github.afterimage.model.data;

import io.github.afterimage.failure.CorruptDataException;
import java.io.IOException;

/**
 * The size of an image file, which is read without decoding the image.
 *
 * <pre>{@code
 * ImageHeader header = ImageHeader.read("horse.png", Files.readAllBytes(Path.of("horse.png")));
 * System.out.println(header.width() + " x " + header.height() + ", " + header.decodingBytes() + " bytes");
 * }</pre>
 *
 * @param width columns, before the image is turned upright
 * @param height rows, likewise
 * @param decodingBytes bytes of the Java heap that {@link Image#decode} takes, those of the image that it returns included
 */
public record ImageHeader(int width, int height, long decodingBytes) {
    /**
     * Reads the header of an image file.
     *
     * @param name the name of the image; for messages
     * @throws CorruptDataException if the file is no image, its header is damaged, or it has too many pixels
     * @throws IllegalStateException as {@link Image#decode}
     */
    public static ImageHeader read(String name, byte[] bytes) throws IOException {
        return ImageDecoder.header(name, bytes);
    }
}
