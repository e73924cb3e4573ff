package io.github.afterimage.model.data;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.afterimage.failure.CorruptDataException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageTest {
    @TempDir
    Path folder;

    @Test
    void aByteIsExactlyItsFractionOf255() {
        byte[] samples = new byte[3 * 256];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (byte) i;
        }
        Image image = Image.ofBytes(256, 1, samples);
        for (int b = 0; b < 256; b++) {
            assertThat(image.value(1, 0, b)).isEqualTo(b / 255f);
        }
    }

    @Test
    void theMirrorExchangesColumnsAndMirroringTwiceIsTheSame() {
        float[] values = new float[3 * 2 * 3];
        for (int i = 0; i < values.length; i++) {
            values[i] = i / 100f;
        }
        Image image = Image.of(3, 2, values);
        Image mirror = image.mirrored();
        for (int channel = 0; channel < 3; channel++) {
            for (int row = 0; row < 2; row++) {
                for (int column = 0; column < 3; column++) {
                    assertThat(mirror.value(channel, row, column)).isEqualTo(image.value(channel, row, 2 - column));
                }
            }
        }
        assertThat(mirror.mirrored().values()).isEqualTo(values);
        FloatBuffer target = FloatBuffer.allocate(20);
        mirror.copyTo(target);
        assertThat(target.position()).isEqualTo(18);
        assertThat(target.get(0)).isEqualTo(0.02f);
    }

    @Test
    void isNotChangedThroughItsArrays() {
        float[] values = new float[3];
        Image image = Image.of(1, 1, values);
        values[0] = 1f;
        image.values()[1] = 1f;
        assertThat(image.values()).containsExactly(0f, 0f, 0f);
    }

    @Test
    void refusesValuesOutsideTheUnitIntervalAndNamesTheirPlace() {
        float[] values = new float[12];
        values[7] = 1.5f;
        assertIllegalArgument(() -> Image.of(2, 2, values))
                .hasMessage("value 1.5 at channel 1, row 1, column 1 is outside 0..1");
        values[7] = Float.NaN;
        assertThatThrownBy(() -> Image.of(2, 2, values)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> Image.of(2, 3, values))
                .hasMessageContaining("12 values")
                .hasMessageContaining("expected 18");
        assertIllegalArgument(() -> Image.of(0, 3, values));
        assertIllegalArgument(() -> Image.ofBytes(2, 2, new byte[11]))
                .hasMessage("11 values for an image of 2x2 with 3 channels: expected 12");
        assertIllegalArgument(() -> Image.computed(2, 1, new float[7])).hasMessageContaining("expected 6");
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "bmp"})
    void readsTheColoursOfLosslessFormats(String format) throws IOException {
        BufferedImage picture = new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB);
        picture.setRGB(2, 1, 0x0a141e);
        picture.setRGB(0, 0, 0xffffff);
        Path file = folder.resolve("picture." + format);
        ImageIO.write(picture, format, file.toFile());

        Image image = Image.read(file);

        assertThat(image.width()).isEqualTo(3);
        assertThat(image.height()).isEqualTo(2);
        assertThat(image.value(0, 1, 2)).isEqualTo(10 / 255f);
        assertThat(image.value(1, 1, 2)).isEqualTo(20 / 255f);
        assertThat(image.value(2, 1, 2)).isEqualTo(30 / 255f);
        assertThat(image.value(2, 0, 0)).isEqualTo(1f);
        assertThat(image.value(2, 0, 1)).isEqualTo(0f);
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpg"})
    void takesGreySamplesAsTheyAre(String format) throws IOException {
        BufferedImage picture = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 64; i++) {
            picture.getRaster().setSample(i % 8, i / 8, 0, 100);
        }
        Path file = folder.resolve("grey." + format);
        ImageIO.write(picture, format, file.toFile());

        Image image = Image.read(file);

        for (int channel = 0; channel < 3; channel++) {
            assertThat(image.value(channel, 3, 3)).isEqualTo(100 / 255f);
        }
    }

    @Test
    void readsBlackAndWhiteAndIndexedPictures() throws IOException {
        for (int type : new int[] {BufferedImage.TYPE_BYTE_BINARY, BufferedImage.TYPE_BYTE_INDEXED}) {
            BufferedImage picture = new BufferedImage(4, 1, type);
            picture.setRGB(1, 0, 0xffffffff);
            Path file = folder.resolve(type + ".png");
            ImageIO.write(picture, "png", file.toFile());
            Image image = Image.read(file);
            assertThat(image.value(0, 0, 0)).isEqualTo(0f);
            assertThat(image.value(0, 0, 1)).isEqualTo(1f);
        }
    }

    @Test
    void refusesFilesThatAreNoImages() throws IOException {
        Path text = Files.writeString(folder.resolve("text.png"), "this is not a picture");
        assertThatThrownBy(() -> Image.read(text))
                .isInstanceOf(CorruptDataException.class)
                .hasMessage(text + " is not a PNG, JPEG, BMP, GIF, TIFF or WebP image");
        assertThatThrownBy(() -> Image.read(folder.resolve("absent.png")))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("absent.png")
                .hasMessageContaining("no such image file");
        assertThatThrownBy(() -> Image.read(folder)).hasMessage(folder + ": is a directory: expected an image file");
    }

    @Test
    void saysWhyAPictureCannotBeRead() throws IOException {
        assertThatThrownBy(() -> Image.read(Path.of("/dev/null")))
                .hasMessage("/dev/null: is a pipe or a device: expected an image file");
        Path locked = Files.writeString(folder.resolve("locked.png"), "a picture");
        Files.setPosixFilePermissions(locked, Set.of());
        assumeFalse(Files.isReadable(locked), "root reads every file");
        assertThatThrownBy(() -> Image.read(locked))
                .isInstanceOf(AccessDeniedException.class)
                .hasMessageContaining("locked.png");
    }

    @Test
    void saysThatANameIsNotInTheEncodingOfTheLocale() throws Exception {
        String name = folder + "/latin\\351.png";
        assertThat(new ProcessBuilder("sh", "-c", "printf x > \"$(printf '" + name + "')\"")
                        .start()
                        .waitFor())
                .isZero();
        try (Stream<Path> files = Files.list(folder)) {
            Path file = files.findFirst().orElseThrow();
            assumeFalse(file.toFile().exists(), "this locale has the name");
            assertThatThrownBy(() -> Image.read(file))
                    .hasMessageEndingWith("has a name that is not in the encoding of this locale: rename it");
        }
    }
}
