package io.github.afterimage.experiments.relatives;

import static io.github.afterimage.experiments.relatives.Miniature.PIXELS;
import static io.github.afterimage.experiments.relatives.Miniature.SIDE;

/** The brightness of a miniature less its blur: edges and texture, without light and shade. */
final class EdgeMap {
    /** Windows of half the side stand at so many places in a line. */
    static final int PLACES = SIDE / 2 + 1;

    static final int WINDOW = SIDE / 2;

    /** The least deviation of values that are more than noise, in grey levels. */
    private static final double LEAST_DEVIATION = 1.5;

    final float[] values; // (SIDE, SIDE), and a row more so that a window's line may run over
    final float[]
            scale; // for each place of a window, 1 / (norm of its values less their mean); 0 where it has only noise

    private static final double FINE = 0.7;
    private static final double COARSE = 2.5;

    private EdgeMap(float[] grey) {
        float[] smooth = blurred(grey, COARSE);
        float[] fine = blurred(grey, FINE);
        values = new float[PIXELS + SIDE];
        for (int i = 0; i < PIXELS; i++) {
            values[i] = fine[i] - smooth[i];
        }
        scale = new float[PLACES * SIDE];
        for (int y = 0; y < PLACES; y++) {
            for (int x = 0; x < PLACES; x++) {
                scale[y * SIDE + x] = scale(x, y);
            }
        }
    }

    static EdgeMap of(Miniature picture) {
        return new EdgeMap(picture.grey());
    }

    private float scale(int left, int top) {
        double sum = 0;
        double squares = 0;
        for (int y = top; y < top + WINDOW; y++) {
            for (int x = left; x < left + WINDOW; x++) {
                double value = values[y * SIDE + x];
                sum += value;
                squares += value * value;
            }
        }
        double count = WINDOW * WINDOW;
        double variance = squares / count - sum / count * (sum / count);
        return isNoise(variance) ? 0 : (float) (1 / Math.sqrt(count * variance));
    }

    /** Returns whether values vary so little that what they show is noise. */
    static boolean isNoise(double variance) {
        return variance < LEAST_DEVIATION * LEAST_DEVIATION;
    }

    /** Blurs by a Gaussian; pixels outside are not counted. */
    static float[] blurred(float[] image, double sigma) {
        int radius = (int) Math.ceil(3 * sigma);
        float[] kernel = new float[2 * radius + 1];
        for (int i = -radius; i <= radius; i++) {
            kernel[i + radius] = (float) Math.exp(-0.5 * i * i / (sigma * sigma));
        }
        return pass(pass(image, kernel, 1, SIDE), kernel, SIDE, 1);
    }

    private static float[] pass(float[] image, float[] kernel, int step, int line) {
        int radius = kernel.length / 2;
        float[] result = new float[PIXELS];
        for (int start = 0; start < SIDE; start++) {
            for (int i = 0; i < SIDE; i++) {
                float sum = 0;
                float weight = 0;
                for (int k = Math.max(0, i - radius); k <= Math.min(SIDE - 1, i + radius); k++) {
                    float factor = kernel[k - i + radius];
                    weight += factor;
                    sum += factor * image[start * line + k * step];
                }
                result[start * line + i * step] = sum / weight;
            }
        }
        return result;
    }

    /** Returns the value between pixels, by bilinear interpolation; the place must be in the picture. */
    static float at(float[] values, float x, float y) {
        int left = (int) x;
        int top = (int) y;
        float right = x - left;
        float below = y - top;
        int place = top * SIDE + left;
        int next = left == SIDE - 1 ? 0 : 1;
        int down = top == SIDE - 1 ? 0 : SIDE;
        float upper = values[place] + right * (values[place + next] - values[place]);
        float lower = values[place + down] + right * (values[place + down + next] - values[place + down]);
        return upper + below * (lower - upper);
    }
}
