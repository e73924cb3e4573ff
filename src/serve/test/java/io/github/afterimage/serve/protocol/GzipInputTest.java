package io.github.afterimage.serve.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class GzipInputTest {
    private static byte[] packed(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    private static byte[] unpacked(byte[] packed) throws IOException {
        try (GzipInput in = new GzipInput(new ByteArrayInputStream(packed))) {
            return in.readAllBytes();
        }
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @Test
    void membersFollowEachOtherWhereverTheBufferEnds() throws IOException {
        for (int length = 8_140; length < 8_200; length++) {
            ByteArrayOutputStream both = new ByteArrayOutputStream();
            ByteArrayOutputStream expected = new ByteArrayOutputStream();
            for (byte[] part : new byte[][] {random(length), {}, random(20_000), {1}}) {
                both.writeBytes(packed(part));
                expected.writeBytes(part);
            }
            assertThat(unpacked(both.toByteArray())).isEqualTo(expected.toByteArray());
        }
    }

    @Test
    void optionalFieldsOfTheHeaderAreSkipped() throws IOException {
        byte[] plain = packed(new byte[] {7});
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {plain[0], plain[1], plain[2], 4 | 8 | 16 | 2, 0, 0, 0, 0, 0, 0});
        out.writeBytes(new byte[] {2, 0, 9, 9, 'n', 0, 'c', 'c', 0, 5, 5});
        out.write(plain, 10, plain.length - 10);
        assertThat(unpacked(out.toByteArray())).containsExactly(7);
    }

    @Test
    void thousandsOfEmptyMembersAreRefusedWithoutAnErrorOfTheStack() throws IOException {
        ByteArrayOutputStream many = new ByteArrayOutputStream();
        for (int i = 0; i < 8_000; i++) {
            many.writeBytes(packed(new byte[0]));
        }
        assertThatThrownBy(() -> unpacked(many.toByteArray()))
                .isInstanceOf(IOException.class)
                .hasMessage("gzip has more than 4096 members: pack the body as one");
    }

    @Test
    void damageIsRefused() throws IOException {
        byte[] good = packed(random(100));
        for (int at : new int[] {0, 2, good.length - 8, good.length - 1}) {
            byte[] damaged = good.clone();
            damaged[at] ^= 1;
            assertThatThrownBy(() -> unpacked(damaged)).isInstanceOf(IOException.class);
        }
        for (int end = 0; end < good.length; end++) {
            byte[] cut = java.util.Arrays.copyOf(good, end);
            assertThatThrownBy(() -> unpacked(cut)).isInstanceOf(IOException.class);
        }
    }
}
