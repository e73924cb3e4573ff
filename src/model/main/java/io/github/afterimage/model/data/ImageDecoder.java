package io.github.afterimage.model.data;

import io.github.afterimage.failure.CorruptDataException;
import io.github.afterimage.platform.MissingLibrary;
import java.awt.image.DataBuffer;
import java.awt.image.SampleModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Decodes image files with ImageIO and its plug-ins. */
final class ImageDecoder {
    private static final String FORMATS = "PNG, JPEG, BMP, GIF, TIFF or WebP";
    private static final int MAX_BANDS = 5; // CMYK with transparency

    /** The property with the maximum number of pixels, which protects memory and time from small files that declare large images. */
    static final String MAX_PIXELS = "afterimage.maxPixels";

    private static final long DEFAULT_PIXELS = 64_000_000; // admits the images of cameras
    private static final long MOST_PIXELS = Integer.MAX_VALUE / Image.CHANNELS; // one array holds an image

    private ImageDecoder() {}

    /** @throws IllegalArgumentException if the property is not a number of pixels */
    private static long maxPixels() {
        String setting = System.getProperty(MAX_PIXELS, String.valueOf(DEFAULT_PIXELS));
        if (!setting.matches("[0-9]{1,9}") || Long.parseLong(setting) < 1 || Long.parseLong(setting) > MOST_PIXELS) {
            throw new IllegalArgumentException(
                    "-D" + MAX_PIXELS + "=" + setting + ": expected a number of pixels from 1 to " + MOST_PIXELS);
        }
        return Long.parseLong(setting);
    }

    static Image decode(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new FileSystemException(file.toString(), null, "is a directory: expected an image file");
        }
        if (!Files.isRegularFile(file)) {
            throw Files.exists(file)
                    ? new FileSystemException(file.toString(), null, "is a pipe or a device: expected an image file")
                    : new NoSuchFileException(file.toString(), null, "no such image file");
        }
        requireReadable(file);
        try (ImageInputStream stream =
                new PictureInput(file.toString(), new FileImageInputStream(file.toFile()), Files.size(file))) {
            return decode(file.toString(), stream);
        }
    }

    /** Opens the file once, because ImageIO hides the reason if it cannot open a file. */
    private static void requireReadable(Path file) throws IOException {
        Files.newByteChannel(file).close();
        if (!file.toFile().exists()) {
            throw new FileSystemException(
                    file.toString(), null, "has a name that is not in the encoding of this locale: rename it");
        }
    }

    static Image decode(String name, byte[] bytes) throws IOException {
        try (ImageInputStream stream = stream(name, bytes)) {
            return decode(name, stream);
        }
    }

    private static ImageInputStream stream(String name, byte[] bytes) {
        return new PictureInput(name, new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes)), bytes.length);
    }

    static ImageHeader header(String name, byte[] bytes) throws IOException {
        long maxPixels = maxPixels();
        try (ImageInputStream stream = stream(name, bytes)) {
            ImageReader reader = reader(name, stream);
            try {
                reader.setInput(stream, true, true);
                return intact(name, () -> header(name, reader, bytes.length, maxPixels));
            } finally {
                reader.dispose();
            }
        }
    }

    private static ImageHeader header(String file, ImageReader reader, int fileBytes, long maxPixels)
            throws IOException {
        long pixels = pixels(file, reader, maxPixels);
        ImageTypeSpecifier type = reader.getRawImageType(0);
        SampleModel samples = type == null ? null : type.getSampleModel();
        long raw = samples == null
                ? MAX_BANDS
                : (long) samples.getNumDataElements()
                        * DataBuffer.getDataTypeSize(samples.getTransferType())
                        / Byte.SIZE;
        boolean deep = samples != null && samples.getNumBands() <= 2 && samples.getSampleSize(0) > Byte.SIZE;
        boolean copies = !reader.getFormatName().toUpperCase(Locale.ROOT).matches("PNG|JPEG|GIF|BMP");
        long pixel = (copies ? 2 : 1) * Math.max(1, raw) + (long) Image.CHANNELS * (deep ? Float.BYTES : 1);
        return new ImageHeader(reader.getWidth(0), reader.getHeight(0), pixels * pixel + fileBytes);
    }

    private static ImageReader reader(String file, ImageInputStream stream) throws IOException {
        Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
        if (!readers.hasNext()) {
            if (isWebp(stream) && !ImageIO.getImageReadersByFormatName("webp").hasNext()) {
                throw MissingLibrary.of("com.twelvemonkeys.imageio:imageio-webp", file);
            }
            throw new CorruptDataException(file + " is not a " + FORMATS + " image");
        }
        return readers.next();
    }

    private static Image decode(String file, ImageInputStream stream) throws IOException {
        ImageReader reader = reader(file, stream);
        try {
            int orientation = TiffTag.orientation(stream);
            boolean inks = TiffTag.isOfInks(stream);
            requireWhole(file, stream);
            reader.setInput(stream);
            reader.setInput(intact(file, () -> new DecodingWork(file, stream).requireLittle(reader)), true, true);
            return decode(file, reader, orientation, inks);
        } finally {
            reader.dispose();
        }
    }

    private static Image decode(String file, ImageReader reader, int orientation, boolean inks) throws IOException {
        long maxPixels = maxPixels();
        DecodingWatch watch = new DecodingWatch(file, DecodingWatch.MOST);
        reader.addIIOReadProgressListener(watch);
        reader.addIIOReadWarningListener(watch);
        return intact(file, () -> {
            long unused = pixels(file, reader, maxPixels);
            return DecodedPixels.of(reader.read(0), orientation, inks, watch::check);
        });
    }

    /** Returns the number of pixels of the image or of a tile, if they are not too many. */
    private static long pixels(String file, ImageReader reader, long maxPixels) throws IOException {
        long pixels = pixels(file, reader.getWidth(0), reader.getHeight(0), maxPixels);
        requireFewBands(reader);
        return reader.isImageTiled(0)
                ? Math.max(
                        pixels,
                        pixels(file + ", in one tile,", reader.getTileWidth(0), reader.getTileHeight(0), maxPixels))
                : pixels;
    }

    private static long pixels(String what, long width, long height, long maxPixels) throws IOException {
        if (width * height > maxPixels) {
            throw new CorruptDataException(what + " has " + width + "x" + height + " pixels: at most " + maxPixels
                    + " are decoded; make it smaller, or set another limit with -D" + MAX_PIXELS);
        }
        return width * height;
    }

    private interface Step<T> {
        T run() throws IOException;
    }

    private static <T> T intact(String file, Step<T> step) throws IOException {
        try {
            return step.run();
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof CorruptDataException || cause instanceof InterruptedIOException) {
                    throw (IOException) cause;
                }
            }
            // Plug-ins throw either exception for damaged files; that of PNG wraps the error too.
            if (e instanceof OutOfMemoryError || e.getCause() instanceof OutOfMemoryError) {
                throw (Error) new OutOfMemoryError(file + " has too many pixels for it").initCause(e);
            }
            throw new CorruptDataException(
                    file + " cannot be decoded (" + e.getMessage() + "): expected an intact " + FORMATS
                            + " image in RGB, CMYK or grey",
                    e);
        }
    }

    /** Refuses a TIFF file that declares thousands of samples for each pixel. */
    private static void requireFewBands(ImageReader reader) throws IOException {
        ImageTypeSpecifier type = reader.getRawImageType(0); // null for a CMYK JPEG, which has four bands
        if (type != null && type.getNumBands() > MAX_BANDS) {
            throw new IOException(type.getNumBands() + " samples a pixel");
        }
    }

    /** Refuses a WebP file that is cut off, because its reader treats missing bits as zeros. */
    private static void requireWhole(String file, ImageInputStream stream) throws IOException {
        if (isWebp(stream)) {
            stream.seek(4);
            stream.setByteOrder(ByteOrder.LITTLE_ENDIAN);
            long end = 8 + stream.readUnsignedInt();
            stream.setByteOrder(ByteOrder.BIG_ENDIAN);
            stream.seek(end - 1);
            if (stream.read() < 0) {
                throw new CorruptDataException(file + " is cut off: it declares " + end + " bytes");
            }
        }
        stream.seek(0);
    }

    private static boolean isWebp(ImageInputStream stream) throws IOException {
        byte[] start = new byte[12];
        stream.seek(0);
        return stream.read(start) == start.length
                && new String(start, 0, 4, StandardCharsets.ISO_8859_1).equals("RIFF")
                && new String(start, 8, 4, StandardCharsets.ISO_8859_1).equals("WEBP");
    }
}
