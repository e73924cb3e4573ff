package io.github.afterimage.model.data;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import com.sun.management.ThreadMXBean;
import io.github.afterimage.failure.CorruptDataException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small files that expand to large data are refused before they cost memory or time. */
class BombsTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final long HEADER_BYTES = 64 << 10;

    @TempDir
    private Path folder;

    @AfterEach
    void clear() {
        System.clearProperty(ImageDecoder.MAX_PIXELS);
    }

    private static void assertRefused(String message, long mostBytes, ThrowingCallable reading) {
        assertThatThrownBy(reading).isInstanceOf(CorruptDataException.class); // loads classes
        long before = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
        assertThatThrownBy(reading).isInstanceOf(CorruptDataException.class).hasMessageContaining(message);
        long taken = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
        assertThat(taken).as("bytes allocated").isLessThanOrEqualTo(mostBytes);
    }

    @Test
    void aPictureOfMorePixelsThanTheLimitIsNotDecoded() throws IOException {
        byte[] png = PictureFiles.blackPng(13_300, 13_300);
        assertThat(png.length).isLessThan(30_000);
        Path file = Files.write(folder.resolve("black.png"), png);
        assertRefused(
                file
                        + " has 13300x13300 pixels: at most 64000000 are decoded; make it smaller, or set another limit with "
                        + "-Dafterimage.maxPixels",
                HEADER_BYTES,
                () -> Image.read(file));
        byte[] jpeg = PictureFiles.encoded(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), "jpg");
        for (int i = 0; i < jpeg.length; i++) {
            if (jpeg[i] == (byte) 0xff && jpeg[i + 1] == (byte) 0xc0) { // start of frame
                ByteBuffer.wrap(jpeg).putShort(i + 5, (short) 65_500).putShort(i + 7, (short) 65_500);
                break;
            }
        }
        assertRefused("has 65500x65500 pixels", HEADER_BYTES, () -> Image.decode("p.jpg", jpeg));
    }

    @Test
    void aPictureThatTakesTheTimeOfManyIsNotDecoded() {
        Duration second = Duration.ofSeconds(1);
        for (int scans : new int[] {100, 400, 100_000}) {
            byte[] jpeg = PictureFiles.jpeg(2000, 2000, scans);
            assertTimeout(
                    second,
                    () -> assertRefused(
                            "a has " + scans + " scans: at most 40", 4 << 20, () -> Image.decode("a", jpeg)));
        }
        byte[] jpeg = PictureFiles.jpeg(2000, 2000, 100);
        byte[] tiff = PictureFiles.tiff(2000, 2000, 2000, 7, jpeg);
        assertTimeout(
                second, () -> assertRefused("a has 100 scans: at most 40", 1 << 20, () -> Image.decode("a", tiff)));
        byte[] bmp = PictureFiles.bmp(1, 1, jpeg);
        assertTimeout(
                second,
                () -> assertRefused(
                        "a is a BMP file around a JPEG or PNG", HEADER_BYTES, () -> Image.decode("a", bmp)));
        byte[] tile = PictureFiles.tiff(1, 1, 20_000, 8, PictureFiles.deflated(new byte[400_000_000]));
        assertRefused(
                "a, in one tile, has 20000x20000 pixels: at most 64000000", 1 << 20, () -> Image.decode("a", tile));
        byte[] lengths = PictureFiles.tiff(16, 16, 16, 8, new byte[9]);
        ByteBuffer.wrap(lengths).putInt(8 + 2 + 9 * 12 + 8, 700_000_000);
        assertRefused("expected an intact PNG", 1 << 20, () -> Image.decode("a", lengths));
        byte[] small = PictureFiles.tiff(100, 100, 20, 7, PictureFiles.jpeg(20, 20, 2));
        assertThatNoException().isThrownBy(() -> Image.decode("a", small));
    }

    /** Its reader made up bits behind the end, with an exception for each. */
    @Test
    void aLosslessWebpWhosePixelsGoOnBehindItsEndIsNotDecoded() throws IOException {
        byte[] webp = Files.readAllBytes(Path.of("src/model/test/resources/fuzz/picture/lossless.webp"));
        assertThatNoException().isThrownBy(() -> Image.decode("a", webp));
        byte[] wide = webp.clone();
        ByteBuffer.wrap(wide).order(ByteOrder.LITTLE_ENDIAN).putInt(21, 15 << 14 | 15_383); // 15,384 x 16 for 24 x 16
        Path file = Files.write(folder.resolve("wide.webp"), wide);
        assertTimeout(
                Duration.ofSeconds(1),
                () -> assertRefused("pixels go on behind its 908 bytes", 4 << 20, () -> Image.read(file)));
    }

    @Test
    void aPictureThatTakesLongerThanItsTimeIsLeft() throws IOException {
        byte[] jpeg = PictureFiles.jpeg(8000, 8000, DecodingWork.MAX_SCANS);
        ImageReader reader = ImageIO.getImageReadersByFormatName("jpeg").next();
        reader.addIIOReadProgressListener(new DecodingWatch("a", Duration.ofMillis(1)));
        reader.setInput(new MemoryCacheImageInputStream(new ByteArrayInputStream(jpeg)));
        assertTimeout(Duration.ofSeconds(2), () -> assertThatThrownBy(() -> reader.read(0))
                .hasMessageContaining("a takes longer than 0 s to decode: make it smaller"));
        reader.dispose();
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpeg", "bmp", "gif", "tiff", "webp"})
    void decodingEndsWhenItsThreadIsInterrupted(String format) throws IOException {
        BufferedImage picture = new BufferedImage(9, 9, BufferedImage.TYPE_BYTE_INDEXED);
        byte[] file = format.equals("webp")
                ? Files.readAllBytes(Path.of("src/model/test/resources/pictures/lossy.webp"))
                : PictureFiles.encoded(picture, format);
        Image.decode("a", file);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> Image.decode("a", file)).isInstanceOf(InterruptedIOException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void theLimitIsASetting() throws IOException {
        byte[] png = PictureFiles.blackPng(100, 50);
        System.setProperty(ImageDecoder.MAX_PIXELS, "5000");
        assertThat(Image.decode("p", png).width()).isEqualTo(100);
        System.setProperty(ImageDecoder.MAX_PIXELS, "4999");
        assertThatThrownBy(() -> Image.decode("p", png)).hasMessageContaining("at most 4999 are decoded");
        for (String wrong : new String[] {"", "0", "-1", "64m", "99999999999"}) {
            System.setProperty(ImageDecoder.MAX_PIXELS, wrong);
            assertIllegalArgument(() -> Image.decode("p", png))
                    .hasMessage(
                            "-Dafterimage.maxPixels=" + wrong + ": expected a number of pixels from 1 to 715827882");
        }
    }

    @Test
    void textsAndProfilesOfAPictureAreNotInflated() throws IOException {
        byte[] zeros = PictureFiles.deflated(new byte[50 << 20]);
        byte[] content = ByteBuffer.allocate(3 + zeros.length)
                .put((byte) 'a')
                .put(1, new byte[2])
                .position(3)
                .put(zeros)
                .array();
        byte[] picture = PictureFiles.encoded(new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB), "png");
        for (String chunk : new String[] {"zTXt", "iCCP"}) {
            byte[] png = PictureFiles.withChunk(picture, chunk, content);
            Image.decode("p", png);
            long before = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
            Image again = Image.decode("p", png);
            long taken = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
            assertThat(again.width()).isEqualTo(2);
            assertThat(taken).as(chunk).isLessThan(1 << 20);
        }
    }

    @Test
    void anArrayThatInflatesAHundredTimesIsRefused() throws IOException {
        byte[] zeros = ArrayFiles.npy("<f4", "(%d, 1024)".formatted(17 << 10), new byte[68 << 20]);
        Path file = ArrayFiles.npz(folder.resolve("zeros.npz"), true, Map.of("features", zeros));
        assertThat(Files.size(file)).isLessThan(80_000);
        assertRefused(
                " bytes, more than 100 times: if it is genuine, save it with numpy.savez", 1 << 20, () -> open(file));
    }

    @Test
    void anArrayIsNotInflatedBeyondItsShape() throws IOException {
        byte[] more = ArrayFiles.npy("<f4", "(2, 3)", new byte[60 << 20]);
        Path file = ArrayFiles.npz(folder.resolve("more.npz"), true, Map.of("features", more));
        long before = System.nanoTime();
        assertRefused("its shape (2, 3) of F32 needs 24", 1 << 20, () -> open(file));
        System.out.printf("refused twice in %d ms%n", (System.nanoTime() - before) / 1_000_000);
    }

    @Test
    void anArchiveOfVeryManyArraysIsRefused() throws IOException {
        Map<String, byte[]> arrays = new LinkedHashMap<>();
        for (int i = 0; i < 30_000; i++) {
            arrays.put("array" + i, new byte[0]);
        }
        Path file = ArrayFiles.npz(folder.resolve("many.npz"), false, arrays);
        assertRefused("expected 0..1048576, enough for ten thousand arrays", 256 << 10, () -> open(file));
        byte[] bytes = Files.readAllBytes(file);
        Path cut = Files.write(folder.resolve("cut.npz"), Arrays.copyOf(bytes, bytes.length - 30));
        assertRefused("the directory at its end is missing", 256 << 10, () -> open(cut));
    }

    @Test
    void aHeaderOfVeryManyTensorsIsRefused() throws IOException {
        String entry = "\"%d\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}";
        String header =
                IntStream.range(0, 100_001).mapToObj(entry::formatted).collect(Collectors.joining(",", "{", "}"));
        Path file = ArrayFiles.safetensors(folder.resolve("many.safetensors"), header);
        assertRefused("has more than 100000 tensors", 200 << 20, () -> open(file));

        ByteBuffer length = ByteBuffer.allocate(20 << 20).order(ByteOrder.LITTLE_ENDIAN);
        length.putLong(0, (20 << 20) - 8);
        Path longest = Files.write(folder.resolve("long.safetensors"), length.array());
        assertRefused("at most 16777216 are possible", HEADER_BYTES, () -> open(longest));
    }

    private static void open(Path file) throws IOException {
        FeatureSet.open("features:" + file).close();
    }
}
