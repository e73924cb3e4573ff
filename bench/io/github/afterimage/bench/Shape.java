package io.github.afterimage.bench;

/** Sizes that users have. */
public enum Shape {
    /** The paper's ImageNet cache: 275 images of each class. */
    IMAGENET(275_000, 2048, 1000),
    /** CIFAR-10 with a short layer as key. */
    CIFAR_SHORT(50_000, 192, 10),
    /** CIFAR-10 with the paper's three layers, mirror images included. */
    CIFAR(100_000, 12_288, 10);

    final int size;
    final int dim;
    final int classes;

    Shape(int size, int dim, int classes) {
        this.size = size;
        this.dim = dim;
        this.classes = classes;
    }
}
