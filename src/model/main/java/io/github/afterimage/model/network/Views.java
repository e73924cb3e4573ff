package io.github.afterimage.model.network;

import io.github.afterimage.answer.Pool;

/** Divides the probabilities of a network that sees several views of each image: {@code (batch, views, classes)} row-major. */
public final class Views {
    private Views() {}

    /**
     * Returns the probabilities for one view.
     *
     * @param views of each image
     * @param view 0 for the images, 1 for their mirror images
     * @return {@code (batch, classes)}
     */
    public static float[] view(float[] probabilities, int batch, int views, int view) {
        if (views == 1) {
            return probabilities;
        }
        int classes = probabilities.length / Math.max(1, batch * views);
        float[] some = new float[batch * classes];
        for (int row = 0; row < batch; row++) {
            System.arraycopy(probabilities, (row * views + view) * classes, some, row * classes, classes);
        }
        return some;
    }

    /**
     * Returns what the network says of all views together: the {@linkplain Pool#mean mean} of two.
     *
     * @param views of each image
     * @return {@code (batch, classes)}
     */
    public static float[] together(float[] probabilities, int batch, int views) {
        return views == 1
                ? probabilities
                : Pool.mean(view(probabilities, batch, views, 0), view(probabilities, batch, views, 1), batch);
    }
}
