package io.github.afterimage.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.failure.CorruptDataException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Reads files of other programs. Pillow wrote {@code pictures/}, except {@code ycck.jpg} and {@code cmyk16.tiff}, which
 * ImageMagick wrote. {@code pictures/expected/} has Pillow's upright RGB of each file; for {@code lossy.webp} it has the
 * output of {@code dwebp -nofancy}, because the library does not interpolate colours either.
 */
class ImageFormatsTest {
    private static final Path PICTURES = Path.of("src/model/test/resources/pictures");

    @ParameterizedTest
    @CsvSource({
        "cmyk.jpg, 2",
        "ycck.jpg, 3",
        "cmyk.tiff, 1",
        "cmyk16.tiff, 1",
        "lzw.tiff, 0",
        "lossless.webp, 0",
        "lossy.webp, 3",
        "turned.jpg, 2",
        "turned.png, 0",
        "turned.tiff, 0",
        "turned.webp, 0"
    })
    void readsFilesAsPillowDoes(String name, int tolerance) throws IOException {
        Image expected = Image.read(PICTURES.resolve("expected/" + name + ".png"));
        Image actual = Image.read(PICTURES.resolve(name));
        assertThat(actual.width()).isEqualTo(expected.width());
        assertThat(actual.height()).isEqualTo(expected.height());
        float furthest = 0;
        for (int i = 0; i < expected.values().length; i++) {
            furthest = Math.max(furthest, Math.abs(expected.values()[i] - actual.values()[i]));
        }
        assertThat(Math.round(furthest * 255)).isLessThanOrEqualTo(tolerance);
    }

    @ParameterizedTest
    @CsvSource({
        "1, abc def",
        "2, cba fed",
        "3, fed cba",
        "4, def abc",
        "5, ad be cf",
        "6, da eb fc",
        "7, fc eb da",
        "8, cf be ad",
        "0, abc def",
        "9, abc def"
    })
    void turnsAPictureUprightAsItsExifOrientationSays(int orientation, String expected) throws IOException {
        BufferedImage picture = new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 6; i++) {
            picture.setRGB(i % 3, i / 3, ('a' + i) << 16);
        }
        byte[] png = PictureFiles.encoded(picture, "png");
        Image image = Image.decode("p", PictureFiles.withChunk(png, "eXIf", PictureFiles.exif(orientation)));
        StringBuilder seen = new StringBuilder();
        for (int row = 0; row < image.height(); row++) {
            seen.append(row == 0 ? "" : " ");
            for (int column = 0; column < image.width(); column++) {
                seen.append((char) Math.round(image.value(0, row, column) * 255));
            }
        }
        assertThat(seen).hasToString(expected);
    }

    @Test
    void turnsGreyPicturesOf16BitsAsWell() throws IOException {
        BufferedImage picture = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
        picture.getRaster().setSample(0, 0, 0, 300);
        byte[] png = PictureFiles.encoded(picture, "png");
        Image image = Image.decode("p", PictureFiles.withChunk(png, "eXIf", PictureFiles.exif(8)));
        assertThat(image.height()).isEqualTo(2);
        assertThat(image.value(2, 1, 0)).isEqualTo(300 / 65535f);
        assertThat(image.value(2, 0, 0)).isZero();
    }

    @Test
    void damagedExifIsNoReasonToRefuseAPicture() throws IOException {
        byte[] jpeg = PictureFiles.encoded(noise(16, 8), "jpg");
        byte[] exif = PictureFiles.exif(6);
        assertThat(Image.decode("p", PictureFiles.withExif(jpeg, exif)).width()).isEqualTo(8);
        Random random = new Random(1);
        for (int i = 0; i < 500; i++) {
            byte[] damaged = Arrays.copyOf(exif, random.nextInt(exif.length + 1));
            if (damaged.length > 0) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            Image image = Image.decode("p", PictureFiles.withExif(jpeg, damaged));
            assertThat(image.width() * image.height()).isEqualTo(128);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void refusesAJpegThatIsCutOff(boolean progressive) throws IOException {
        byte[] whole = jpeg(noise(64, 48), progressive);
        assertThat(Image.decode("whole.jpg", whole).width()).isEqualTo(64);
        for (int length = 700; length < whole.length; length += 37) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> Image.decode("cut.jpg", cut))
                    .as("%d of %d bytes", length, whole.length)
                    .isInstanceOf(CorruptDataException.class)
                    .hasMessageStartingWith("cut.jpg cannot be decoded (");
        }
        byte[] ended = Arrays.copyOf(whole, whole.length / 2);
        ended[ended.length - 2] = (byte) 0xff;
        ended[ended.length - 1] = (byte) 0xd9;
        assertThatThrownBy(() -> Image.decode("ended.jpg", ended)).isInstanceOf(CorruptDataException.class);
    }

    @Test
    void harmlessWarningsAreNoReasonToRefuseAJpeg() throws IOException {
        byte[] whole = jpeg(noise(64, 48), false);
        byte[] followed = Arrays.copyOf(whole, whole.length + 100);
        assertThat(Image.decode("p", followed).values())
                .isEqualTo(Image.decode("p", whole).values());
        byte[] filled = new byte[whole.length + 3]; // extraneous bytes before the last marker
        System.arraycopy(whole, 0, filled, 0, whole.length - 2);
        filled[filled.length - 2] = (byte) 0xff;
        filled[filled.length - 1] = (byte) 0xd9;
        assertThat(Image.decode("p", filled).values())
                .isEqualTo(Image.decode("p", whole).values());
    }

    @ParameterizedTest
    @ValueSource(strings = {"lzw.tiff", "lossless.webp", "lossy.webp", "turned.png"})
    void refusesOtherFormatsThatAreCutOff(String name) throws IOException {
        byte[] whole = Files.readAllBytes(PICTURES.resolve(name));
        byte[] cut = Arrays.copyOf(whole, whole.length / 2);
        assertThatThrownBy(() -> Image.decode(name, cut))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining(name);
    }

    @Test
    void damagedWebpIsNotTakenForAMissingLibrary() throws IOException {
        byte[] damaged = Files.readAllBytes(PICTURES.resolve("lossy.webp"));
        damaged[12] = 'X';
        assertThatThrownBy(() -> Image.decode("x.webp", damaged)).isInstanceOf(CorruptDataException.class);
    }

    private static BufferedImage noise(int width, int height) {
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(7);
        for (int i = 0; i < width * height; i++) {
            picture.setRGB(i % width, i / width, random.nextInt(1 << 24));
        }
        return picture;
    }

    private static byte[] jpeg(BufferedImage picture, boolean progressive) throws IOException {
        Iterator<ImageWriter> writers = ImageIO.getImageWritersByFormatName("jpg");
        ImageWriter writer = writers.next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageWriteParam settings = writer.getDefaultWriteParam();
        settings.setProgressiveMode(progressive ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
        try (ImageOutputStream target = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(target);
            writer.write(null, new IIOImage(picture, null, null), settings);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
