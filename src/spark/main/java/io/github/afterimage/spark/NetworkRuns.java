package io.github.afterimage.spark;

import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Runs the images of a partition through a network, a block at a time, when it is asked for. */
record NetworkRuns(Iterator<NumberedImage> images, Network network, int largestBlock) implements Iterator<Block> {
    @Override
    public boolean hasNext() {
        return images.hasNext();
    }

    /** The next block; its features are not normalised. */
    @Override
    public Block next() {
        List<NumberedImage> block = new ArrayList<>();
        while (block.size() < largestBlock && images.hasNext()) {
            block.add(images.next());
        }
        int size = block.size();
        float[] features = new float[Math.multiplyExact(size, network.dim())];
        float[] probabilities = new float[size * network.classes()];
        try {
            network.run(
                    size,
                    i -> block.get(i).source().read(),
                    FloatBuffer.wrap(features),
                    FloatBuffer.wrap(probabilities));
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "in the block that begins with image " + block.get(0).id() + ": " + e.getMessage(), e);
        }
        return new Block(
                block.stream().mapToLong(NumberedImage::id).toArray(),
                block.stream().mapToInt(NumberedImage::label).toArray(),
                block.stream().map(NumberedImage::name).toArray(String[]::new),
                features,
                probabilities);
    }
}
