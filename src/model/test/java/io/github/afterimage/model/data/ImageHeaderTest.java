package io.github.afterimage.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.failure.CorruptDataException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageHeaderTest {
    private static byte[] file(String format, int type) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(300, 200, type), format, file);
        return file.toByteArray();
    }

    @ParameterizedTest
    @CsvSource({
        "png, 5, 6", // 3 bytes decoded, 3 of the image
        "png, 6, 7",
        "png, 10, 4",
        "png, 11, 14", // 2 bytes decoded, 12 of the image
        "png, 13, 4",
        "jpeg, 5, 6",
        "bmp, 5, 6",
        "gif, 13, 4",
        "tiff, 5, 9"
    })
    void tellsTheSizeAndTheBytesOfDecoding(String format, int type, int bytesOfAPixel) throws IOException {
        byte[] file = file(format, type);
        ImageHeader header = ImageHeader.read("a", file);
        assertThat(header).isEqualTo(new ImageHeader(300, 200, 60_000L * bytesOfAPixel + file.length));
    }

    @Test
    void readsNoMoreThanTheHeader() throws IOException {
        byte[] file = file("png", BufferedImage.TYPE_3BYTE_BGR);
        assertThat(ImageHeader.read("a", Arrays.copyOf(file, 60)).width()).isEqualTo(300);
    }

    @Test
    void refusesWhatDecodingRefuses() {
        assertThatThrownBy(() -> ImageHeader.read("a", new byte[100]))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("a is not a PNG");
        byte[] declares = {
            (byte) 0x89,
            'P',
            'N',
            'G',
            13,
            10,
            26,
            10,
            0,
            0,
            0,
            13,
            'I',
            'H',
            'D',
            'R',
            0,
            1,
            0,
            0,
            0,
            1,
            0,
            0,
            8,
            2,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            'I',
            'D',
            'A',
            'T',
            0,
            0,
            0,
            0
        };
        assertThatThrownBy(() -> ImageHeader.read("a", declares))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("65536x65536 pixels: at most 64000000");
    }
}
