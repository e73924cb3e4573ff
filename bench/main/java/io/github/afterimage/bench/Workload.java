package io.github.afterimage.bench;

/** Sizes that users have, and one to see that a benchmark runs. */
public enum Workload {
    /** CIFAR-10 as in the paper's search, mirror images included, with a pooled layer as key. */
    CIFAR_SHORT(90_000, 192, 10),
    /** The same with the paper's three layers. */
    CIFAR(90_000, 12_288, 10),
    /** The paper's ImageNet cache: 275 images of each class. */
    IMAGENET(275_000, 2048, 1000),
    /** All training images of ImageNet, keys reduced. */
    IMAGENET_REDUCED(1_281_167, 512, 1000),
    /** Done in a moment. */
    TINY(2000, 192, 10);

    final int size;
    final int dim;
    final int classes;

    Workload(int size, int dim, int classes) {
        this.size = size;
        this.dim = dim;
        this.classes = classes;
    }

    SyntheticKeys keys() {
        return new SyntheticKeys(dim, classes);
    }
}
