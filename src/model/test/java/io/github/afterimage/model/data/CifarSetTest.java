package io.github.afterimage.model.data;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.failure.CorruptDataException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CifarSetTest {
    private static final String NAMES = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n";

    @TempDir
    Path folder;

    private final Random random = new Random(7); // noise does not compress, so that cutting an archive cuts records

    /** Makes records with labels from {@code firstLabel} on, each one more than the last, modulo the classes. */
    private byte[] records(CifarFormat format, int count, int firstLabel) {
        byte[] bytes = new byte[count * format.recordBytes];
        random.nextBytes(bytes);
        for (int i = 0; i < count; i++) {
            int label = (firstLabel + i) % format.classes;
            bytes[i * format.recordBytes] = (byte) (format.labelBytes == 2 ? label / 5 : label);
            bytes[i * format.recordBytes + format.labelBytes - 1] = (byte) label;
        }
        return bytes;
    }

    private Map<String, byte[]> cifar10() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("batches.meta.txt", NAMES.getBytes(StandardCharsets.UTF_8));
        files.put("test_batch.bin", records(CifarFormat.CIFAR10, 4, 5));
        for (int batch = 5; batch >= 1; batch--) { // an archive need not be in order
            files.put("data_batch_" + batch + ".bin", records(CifarFormat.CIFAR10, 3, batch));
        }
        return files;
    }

    private static Path write(Path folder, Map<String, byte[]> files) throws IOException {
        Files.createDirectories(folder);
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Files.write(folder.resolve(file.getKey()), file.getValue());
        }
        return folder;
    }

    private static byte[] tar(String folder, Map<String, byte[]> files) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            tar.putArchiveEntry(new TarArchiveEntry(folder + "/"));
            tar.closeArchiveEntry();
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                TarArchiveEntry entry = new TarArchiveEntry(folder + "/" + file.getKey());
                entry.setSize(file.getValue().length);
                tar.putArchiveEntry(entry);
                tar.write(file.getValue());
                tar.closeArchiveEntry();
            }
        }
        return bytes.toByteArray();
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(content);
        }
        return bytes.toByteArray();
    }

    private static void assertIsCifar10(Map<String, byte[]> files, String place) throws IOException {
        ImageSet train = ImageSets.open("cifar10:" + place + "#train");
        assertThat(train.size()).isEqualTo(15);
        assertThat(train.classNames()).hasSize(10).startsWith("airplane").endsWith("truck");
        for (int i = 0; i < 15; i++) {
            byte[] file = files.get("data_batch_" + (i / 3 + 1) + ".bin");
            assertThat(train.label(i)).isEqualTo((i / 3 + 1 + i % 3) % 10);
            Image image = train.image(i);
            assertThat(image.width()).isEqualTo(32);
            assertThat(image.height()).isEqualTo(32);
            assertThat(image.value(2, 30, 31))
                    .isEqualTo((file[i % 3 * 3073 + 1 + 2 * 1024 + 30 * 32 + 31] & 0xff) / 255f);
        }
        assertThat(train.imageName(14)).isEqualTo("cifar10 train 14");
        ImageSet test = ImageSets.open("cifar10:" + place + "#test[1:3]").withMirrorImages();
        assertThat(test.imageName(1)).isEqualTo("cifar10 test 2");
        assertThat(test.imageName(3)).isEqualTo("cifar10 test 2 mirrored");
        assertThat(ImageSets.open("cifar10:" + place + "#test").label(0)).isEqualTo(5);
    }

    @Test
    void readsTheFolderTheFolderAboveAndBothArchives() throws IOException {
        Map<String, byte[]> files = cifar10();
        Path inner = write(folder.resolve("cifar-10-batches-bin"), files);
        byte[] tar = tar("cifar-10-batches-bin", files);
        Path plain = Files.write(folder.resolve("cifar-10-binary.tar"), tar);
        Path compressed = Files.write(folder.resolve("cifar-10-binary.tar.gz"), gzip(tar));
        for (Path place : List.of(inner, folder, plain, compressed)) {
            assertIsCifar10(files, place.toString());
        }
    }

    @Test
    void readsMoreRecordsThanOneChunkHolds() throws IOException {
        Map<String, byte[]> files = Map.of("test_batch.bin", records(CifarFormat.CIFAR10, 2050, 0));
        ImageSet set = ImageSets.open("cifar10:" + write(folder, files) + "#test");
        assertThat(set.size()).isEqualTo(2050);
        assertThat(set.classNames().get(9)).isEqualTo("class 9");
        byte[] bytes = files.get("test_batch.bin");
        for (int i : new int[] {0, 1023, 1024, 2047, 2048, 2049}) {
            assertThat(set.label(i)).isEqualTo(i % 10);
            assertThat(set.image(i).value(0, 0, 0)).isEqualTo((bytes[i * 3073 + 1] & 0xff) / 255f);
        }
    }

    @Test
    void cifar100GivesTheFineLabels() throws IOException {
        Map<String, byte[]> files = Map.of(
                "train.bin", records(CifarFormat.CIFAR100, 120, 0), "test.bin", records(CifarFormat.CIFAR100, 2, 98));
        write(folder.resolve("cifar-100-binary"), files);
        ImageSet train = ImageSets.open("cifar100:" + folder + "#train");
        assertThat(train.size()).isEqualTo(120);
        assertThat(train.label(99)).isEqualTo(99);
        assertThat(train.image(1).value(0, 0, 0)).isEqualTo((files.get("train.bin")[3074 + 2] & 0xff) / 255f);
        ImageSet test = ImageSets.open("cifar100:" + folder + "#test");
        assertThat(test.label(0)).isEqualTo(98);
        assertThat(test.classNames()).hasSize(100);
    }

    @Test
    void takesRangesAndMirrorImages() throws IOException {
        write(folder, cifar10());
        ImageSet part = ImageSets.open("cifar10:" + folder + "#train[4:9]");
        assertThat(part.size()).isEqualTo(5);
        assertThat(part.name()).endsWith("#train[4:9]");
        ImageSet whole = ImageSets.open("cifar10:" + folder + "#train");
        ImageSet doubled = part.withMirrorImages();
        assertThat(doubled.size()).isEqualTo(10);
        for (int i = 0; i < 5; i++) {
            assertThat(part.image(i).values()).isEqualTo(whole.image(4 + i).values());
            assertThat(doubled.image(i).values()).isEqualTo(whole.image(4 + i).values());
            assertThat(doubled.image(5 + i).values())
                    .isEqualTo(whole.image(4 + i).mirrored().values());
            assertThat(doubled.label(5 + i)).isEqualTo(whole.label(4 + i));
        }
        assertThatThrownBy(() -> part.image(5)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> doubled.label(10)).isInstanceOf(IndexOutOfBoundsException.class);
        assertIllegalArgument(() -> ImageSets.open("cifar10:" + folder + "#train[0:16]"))
                .hasMessageContaining("[0:15]");
    }

    @Test
    void refusesTheArchiveThatEndsInTheMiddleOfARecord() throws IOException {
        byte[] tar = tar("cifar-10-batches-bin", cifar10());
        byte[] gzip = gzip(tar);
        Path cut = Files.write(folder.resolve("cut.tar.gz"), Arrays.copyOf(gzip, gzip.length / 2));
        assertThatThrownBy(() -> ImageSets.open("cifar10:" + cut + "#train"))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageMatching("data_batch_\\d.bin in .*cut.tar.gz ends or is damaged after \\d+ bytes: "
                        + "expected 9219; fetch it again \\(.*\\)");
        Path cutTar = Files.write(folder.resolve("cut.tar"), Arrays.copyOf(tar, tar.length / 2));
        assertThatThrownBy(() -> ImageSets.open("cifar10:" + cutTar + "#train"))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("cut.tar")
                .hasMessageContaining("expected 9219");
    }

    @Test
    void refusesTheArchiveWithAFlippedBitAnywhere() throws IOException {
        byte[] gzip = gzip(tar("cifar-10-batches-bin", cifar10()));
        Random positions = new Random(11);
        for (int i = 0; i < 40; i++) {
            byte[] flipped = gzip.clone();
            int position =
                    10 + positions.nextInt(gzip.length - 10); // after the header, whose time stamp is not checked
            flipped[position] ^= (byte) (1 << positions.nextInt(8));
            Path file = Files.write(folder.resolve("flipped.tar.gz"), flipped);
            assertThatThrownBy(() -> ImageSets.open("cifar10:" + file + "#test"))
                    .as("byte %d", position)
                    .isInstanceOf(CorruptDataException.class)
                    .hasMessageContaining("flipped.tar.gz");
        }
    }

    @Test
    void refusesAFileThatIsNotWholeRecords() throws IOException {
        Map<String, byte[]> files = cifar10();
        files.put("data_batch_2.bin", Arrays.copyOf(files.get("data_batch_2.bin"), 9000));
        write(folder, files);
        assertThatThrownBy(() -> ImageSets.open("cifar10:" + folder + "#train"))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("data_batch_2.bin has 9000 bytes: expected a multiple of 3073");
        files.put("data_batch_2.bin", new byte[0]);
        write(folder, files);
        assertThatThrownBy(() -> ImageSets.open("cifar10:" + folder + "#train")).hasMessageContaining("has 0 bytes");
    }

    @Test
    void refusesALabelOutOfRangeAndNamesItsRecord() throws IOException {
        Map<String, byte[]> files = cifar10();
        files.get("test_batch.bin")[2 * 3073] = 10;
        write(folder, files);
        assertThatThrownBy(() -> ImageSets.open("cifar10:" + folder + "#test"))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("label 10 at record 2 of")
                .hasMessageContaining("outside 0..9");
    }

    @Test
    void namesTheMissingFile() throws IOException {
        assertThatThrownBy(() -> ImageSets.open("cifar10:" + folder.resolve("absent") + "#test"))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("cifar-10-binary.tar.gz");
        Map<String, byte[]> files = cifar10();
        files.remove("data_batch_3.bin");
        write(folder, files);
        assertThatThrownBy(() -> ImageSets.open("cifar10:" + folder + "#train"))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("data_batch_3.bin: the CIFAR-10 train images need data_batch_1.bin");
        Path archive = Files.write(folder.resolve("x.tar"), tar("cifar-10-batches-bin", files));
        assertThatThrownBy(() -> ImageSets.open("cifar10:" + archive + "#train"))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("no entry data_batch_3.bin");
        Path other = Files.writeString(folder.resolve("notes.txt"), "not an archive at all".repeat(100));
        assertThatThrownBy(() -> ImageSets.open("cifar10:" + other + "#train"))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("notes.txt");
    }

    @Test
    void refusesNamesThatAreNotOnePerClass() throws IOException {
        Map<String, byte[]> files = cifar10();
        files.put("batches.meta.txt", "cat\ndog\n".getBytes(StandardCharsets.UTF_8));
        write(folder, files);
        assertThatThrownBy(() -> ImageSets.open("cifar10:" + folder + "#test"))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("has 2 class names: expected 10");
    }

    @Test
    void theRealTestImagesHaveATenthOfEachClass() throws IOException {
        ImageSet test = ImageSets.open("cifar10:" + RealData.require("cifar-10-batches-bin") + "#test");
        assertThat(test.classNames()).contains("airplane", "truck");
        assertThat(sizes(test)).hasSize(10).containsOnly(1000);
    }

    @Test
    void theRealTestImagesOfCifar100HaveAHundredthOfEachClass() throws IOException {
        ImageSet test = ImageSets.open("cifar100:" + RealData.require("cifar-100-binary") + "#test");
        assertThat(sizes(test)).hasSize(100).containsOnly(100);
    }

    /** Counts the images of each class. */
    private static int[] sizes(ImageSet images) {
        int[] sizes = new int[images.classNames().size()];
        for (int i = 0; i < images.size(); i++) {
            sizes[images.label(i)]++;
        }
        return sizes;
    }
}
