package io.github.afterimage.data;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Decodes picture files through ImageIO. */
final class ImageDecoder {
    // 178,956,970 pixels (2 GiB of float RGB): where Pillow, too, suspects a decompression bomb.
    private static final long MAXIMUM_PIXELS = (1L << 31) / 12;

    private ImageDecoder() {}

    static Image decode(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new FileSystemException(file.toString(), null, "is a directory: expected an image file");
        }
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString(), null, "no such image file");
        }
        try (ImageInputStream stream = ImageIO.createImageInputStream(file.toFile())) {
            return decode(file.toString(), stream);
        }
    }

    static Image decode(String name, byte[] bytes) throws IOException {
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            return decode(name, stream);
        }
    }

    private static Image decode(String file, ImageInputStream stream) throws IOException {
        Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
        if (!readers.hasNext()) {
            throw new CorruptDataException(file + " is not a PNG, JPEG, BMP or GIF image");
        }
        ImageReader reader = readers.next();
        try {
            reader.setInput(stream, true, true);
            return decode(file, reader);
        } finally {
            reader.dispose();
        }
    }

    private static Image decode(String file, ImageReader reader) throws IOException {
        BufferedImage picture;
        try {
            long width = reader.getWidth(0);
            long height = reader.getHeight(0);
            if (width * height > MAXIMUM_PIXELS) {
                throw new CorruptDataException(file + " has " + width + "x" + height + " pixels: at most "
                        + MAXIMUM_PIXELS + " are decoded; make it smaller");
            }
            picture = reader.read(0);
        } catch (CorruptDataException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // Plug-ins answer damaged files with either kind.
            throw new CorruptDataException(
                    file + " cannot be decoded (" + e.getMessage()
                            + "): expected an intact PNG, JPEG, BMP or GIF image in RGB or grey",
                    e);
        }
        return Image.owning(picture.getWidth(), picture.getHeight(), values(picture));
    }

    private static float[] values(BufferedImage picture) {
        int width = picture.getWidth();
        int height = picture.getHeight();
        int plane = width * height;
        float[] values = new float[Image.CHANNELS * plane];
        Raster raster = picture.getRaster();
        // getRGB would take grey samples for linear light and brighten them.
        boolean grey = picture.getColorModel().getNumColorComponents() == 1
                && raster.getNumBands() <= 2
                && picture.getType() != BufferedImage.TYPE_BYTE_INDEXED
                && picture.getType() != BufferedImage.TYPE_BYTE_BINARY;
        float greyMaximum = (1 << Math.min(raster.getSampleModel().getSampleSize(0), 16)) - 1;
        int[] line = new int[width];
        for (int row = 0; row < height; row++) {
            int start = row * width;
            if (grey) {
                raster.getSamples(0, row, width, 1, 0, line);
                for (int column = 0; column < width; column++) {
                    float value = line[column] / greyMaximum;
                    values[start + column] = value;
                    values[plane + start + column] = value;
                    values[2 * plane + start + column] = value;
                }
            } else {
                picture.getRGB(0, row, width, 1, line, 0, width);
                for (int column = 0; column < width; column++) {
                    values[start + column] = Image.unit(line[column] >> 16 & 0xff);
                    values[plane + start + column] = Image.unit(line[column] >> 8 & 0xff);
                    values[2 * plane + start + column] = Image.unit(line[column] & 0xff);
                }
            }
        }
        return values;
    }
}
