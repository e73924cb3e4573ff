package io.github.afterimage.model.data;

import java.util.List;
import java.util.Locale;

/** The binary layouts of CIFAR: per picture its label bytes, then (3, 32, 32) samples. */
enum CifarFormat {
    CIFAR10(
            "CIFAR-10",
            10,
            1,
            "cifar-10-batches-bin",
            "cifar-10-binary.tar.gz",
            "batches.meta.txt",
            List.of("data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"),
            List.of("test_batch.bin")),
    /** The first label byte is one of 20 coarse classes, the second the fine class. */
    CIFAR100(
            "CIFAR-100",
            100,
            2,
            "cifar-100-binary",
            "cifar-100-binary.tar.gz",
            "fine_label_names.txt",
            List.of("train.bin"),
            List.of("test.bin"));

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

    CifarFormat(
            String title,
            int classes,
            int labelBytes,
            String folder,
            String archive,
            String namesFile,
            List<String> train,
            List<String> test) {
        this.title = title;
        this.classes = classes;
        this.labelBytes = labelBytes;
        this.recordBytes = labelBytes + SAMPLES;
        this.folder = folder;
        this.archive = archive;
        this.namesFile = namesFile;
        this.train = train;
        this.test = test;
    }

    /** {@code cifar10 train}: what the names of pictures begin with. */
    String imageNames(String split) {
        return name().toLowerCase(Locale.ROOT) + " " + split;
    }

    List<String> files(String split) {
        return split.equals("train") ? train : test;
    }
}
