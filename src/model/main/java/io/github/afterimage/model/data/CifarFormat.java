package io.github.afterimage.model.data;

import java.util.List;
import java.util.Locale;

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
}
