package io.github.afterimage.model.network;

import io.github.afterimage.model.data.Image;

/** Separable resampling with half-pixel centres, antialiased when shrinking. */
final class Resampler {
    /** For each output index, the first input index and the weights from there on, which sum to 1. */
    private record Weights(int[] first, float[][] values) {}

    private Resampler() {}

    /**
     * A part of a resized image.
     *
     * @param resizedWidth the width of the whole resized image
     * @param resizedHeight its height
     * @param left the first column of the part
     * @param top its first row
     * @param width its number of columns
     * @param height its number of rows
     */
    record Crop(int resizedWidth, int resizedHeight, int left, int top, int width, int height) {}

    /** {@return a part of the resized image, (3, height, width)} */
    static float[] resample(Interpolation filter, Image source, Crop crop) {
        int height = source.height();
        int width = source.width();
        int cropWidth = crop.width;
        int cropHeight = crop.height;
        Weights columns = weights(filter, width, crop.resizedWidth, crop.left, cropWidth);
        Weights rows = weights(filter, height, crop.resizedHeight, crop.top, cropHeight);
        float[] result = new float[Image.CHANNELS * cropHeight * cropWidth];
        float[] line = new float[width];
        float[] narrow = new float[height * cropWidth]; // (height, cropWidth)
        for (int channel = 0; channel < Image.CHANNELS; channel++) {
            for (int row = 0; row < height; row++) {
                source.copyRow(channel, row, line);
                for (int column = 0; column < cropWidth; column++) {
                    float[] weights = columns.values()[column];
                    int first = columns.first()[column];
                    float sum = 0;
                    for (int i = 0; i < weights.length; i++) {
                        sum += weights[i] * line[first + i];
                    }
                    narrow[row * cropWidth + column] = sum;
                }
            }
            for (int row = 0; row < cropHeight; row++) {
                float[] weights = rows.values()[row];
                int target = (channel * cropHeight + row) * cropWidth;
                for (int i = 0; i < weights.length; i++) {
                    int start = (rows.first()[row] + i) * cropWidth;
                    for (int column = 0; column < cropWidth; column++) {
                        result[target + column] += weights[i] * narrow[start + column];
                    }
                }
            }
        }
        return result;
    }

    private static Weights weights(Interpolation filter, int from, int to, int start, int count) {
        double step = (double) from / to;
        double stretch = Math.max(step, 1.0); // widens the filter: every source pixel counts when shrinking
        double support = filter.support * stretch;
        int[] first = new int[count];
        float[][] values = new float[count][];
        for (int i = 0; i < count; i++) {
            double centre = (start + i + 0.5) * step;
            int low = (int) Math.max(0, Math.floor(centre - support + 0.5));
            int high = (int) Math.min(from, Math.floor(centre + support + 0.5));
            double[] exact = new double[high - low];
            double sum = 0;
            for (int j = 0; j < exact.length; j++) {
                exact[j] = filter.weight((low + j + 0.5 - centre) / stretch);
                sum += exact[j];
            }
            first[i] = low;
            values[i] = new float[exact.length];
            for (int j = 0; j < exact.length; j++) {
                values[i][j] = (float) (exact[j] / sum);
            }
        }
        return new Weights(first, values);
    }
}
