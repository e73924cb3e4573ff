package io.github.afterimage.model.data;

import io.github.afterimage.failure.CorruptDataException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/** The binary layouts of CIFAR: for each image its label bytes, then (3, 32, 32) samples. */
enum CifarFormat {
    CIFAR10(
            10,
            1,
            "cifar-10-batches-bin",
            "batches.meta.txt",
            List.of("data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"),
            List.of("test_batch.bin")),
    /** The first label byte is one of 20 coarse classes, the second is the fine class. */
    CIFAR100(100, 2, "cifar-100-binary", "fine_label_names.txt", List.of("train.bin"), List.of("test.bin"));

    static final int SIDE = 32;
    static final int SAMPLES = Image.CHANNELS * SIDE * SIDE;
    static final int COARSE_CLASSES = 20;

    final String title;
    final int classes;
    final int labelBytes;
    final int recordBytes;
    final String folder;
    final String archive;
    final String namesFile;
    private final List<String> train;
    private final List<String> test;

    CifarFormat(int classes, int labelBytes, String folder, String namesFile, List<String> train, List<String> test) {
        this.title = "CIFAR-" + classes;
        this.classes = classes;
        this.labelBytes = labelBytes;
        this.recordBytes = labelBytes + SAMPLES;
        this.folder = folder;
        this.archive = "cifar-" + classes + "-binary.tar.gz";
        this.namesFile = namesFile;
        this.train = train;
        this.test = test;
    }

    /** {@return the prefix of image names, such as {@code cifar10 train}} */
    String imageNames(String split) {
        return name().toLowerCase(Locale.ROOT) + " " + split;
    }

    List<String> files(String split) {
        return split.equals("train") ? train : test;
    }

    /**
     * Reads the records of a whole file.
     *
     * @param place the name of the file in messages
     * @param bytes the length of the file; a shorter stream is an error
     */
    List<byte[]> read(InputStream stream, String place, long bytes) throws IOException {
        if (bytes == 0 || bytes % recordBytes != 0) {
            throw new CorruptDataException(place + " has " + bytes + " bytes: expected a multiple of " + recordBytes
                    + " (" + title + " records)");
        }
        long count = bytes / recordBytes;
        if (count > Integer.MAX_VALUE / 8) {
            throw new CorruptDataException(
                    place + " has " + count + " records: at most " + Integer.MAX_VALUE / 8 + " are read");
        }
        List<byte[]> records = new ArrayList<>();
        while (records.size() < count) { // a claimed length never causes one large allocation
            byte[] record = new byte[recordBytes];
            long before = (long) records.size() * recordBytes;
            int got = fill(stream, record, place, before, bytes);
            if (got < recordBytes) {
                throw endsEarly(place, before + got, bytes, null);
            }
            requireLabel(label(record), classes, records.size(), place);
            if (labelBytes == 2) {
                requireLabel(record[0] & 0xff, COARSE_CLASSES, records.size(), place);
            }
            records.add(record);
        }
        return records;
    }

    private static int fill(InputStream stream, byte[] record, String place, long before, long bytes)
            throws IOException {
        int got = 0;
        try {
            while (got < record.length) {
                int read = stream.read(record, got, record.length - got);
                if (read < 0) {
                    break;
                }
                got += read;
            }
        } catch (IOException e) {
            // Readers of archives report damage with these classes or a plain IOException, as the system reports a disk
            // that fails; other subclasses come from the system.
            if (!(e instanceof EOFException || e instanceof ZipException || e.getClass() == IOException.class)) {
                throw e;
            }
            throw endsEarly(place, before + got, bytes, e);
        }
        return got;
    }

    private static CorruptDataException endsEarly(String place, long got, long bytes, @Nullable Exception cause) {
        return new CorruptDataException(
                place + " ends or is damaged after " + got + " bytes: expected " + bytes + "; fetch it again"
                        + (cause == null || cause.getMessage() == null ? "" : " (" + cause.getMessage() + ")"),
                cause);
    }

    private void requireLabel(int label, int known, int record, String place) throws CorruptDataException {
        if (label >= known) {
            throw new CorruptDataException("label " + label + " at record " + record + " of " + place
                    + " is outside 0.." + (known - 1) + ": is it " + title + " in its binary version?");
        }
    }

    int label(byte[] record) {
        return record[labelBytes - 1] & 0xff;
    }

    Image image(byte[] record) {
        return Image.ofBytes(SIDE, SIDE, record, labelBytes);
    }
}
