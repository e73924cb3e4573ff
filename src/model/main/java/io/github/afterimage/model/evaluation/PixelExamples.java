package io.github.afterimage.model.evaluation;

import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/** Images as the network gets them, before its first layer. */
record PixelExamples(Network network, ImageSet images) implements Examples {
    @Override
    public int size() {
        return images.size();
    }

    @Override
    public int dim() {
        return network.inputSize();
    }

    @Override
    public int classes() {
        return network.classes();
    }

    @Override
    public List<String> classNames() {
        return images.classNames().size() == classes() ? images.classNames() : List.of();
    }

    @Override
    public int label(int example) {
        return images.label(example);
    }

    @Override
    public String name(int example) {
        return images.imageName(example);
    }

    @Override
    public boolean hasProbabilities() {
        return true;
    }

    @Override
    public Examples select(int[] rows) {
        return new PixelExamples(network, new SelectedImages(images, rows));
    }

    @Override
    public void forEachBatch(int largestBatch, Progress progress, Consumer consumer) throws IOException {
        FloatBuffer inputs = ByteBuffer.allocateDirect(
                        Math.multiplyExact(Math.min(largestBatch, size()), Math.multiplyExact(dim(), Float.BYTES)))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        for (int first = 0; first < size(); first += largestBatch) {
            int count = Math.min(largestBatch, size() - first);
            inputs.clear();
            int[] labels = new int[count];
            for (int i = 0; i < count; i++) {
                network.input(images.image(first + i), inputs);
                labels[i] = images.label(first + i);
            }
            FloatBuffer probabilities = FloatBuffer.allocate(count * classes());
            network.run(count, inputs.flip(), null, probabilities);
            consumer.accept(new Batch(first, inputs, probabilities.array(), labels));
            progress.report(first + count, size());
        }
    }
}
