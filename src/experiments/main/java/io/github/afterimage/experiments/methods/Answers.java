package io.github.afterimage.experiments.methods;

/**
 * The answers of one method to the test examples.
 *
 * @param probabilities {@code (examples, classes)} row-major
 * @param chosen the parameters that were tuned, for people; empty without any
 * @param makeSeconds seconds to make the method from encoded keys, without tuning; 0 if it needs no keys
 * @param changeSeconds seconds to learn another class
 */
record Answers(String method, float[] probabilities, String chosen, double makeSeconds, double changeSeconds) {
    double[] row(int example, int classes) {
        double[] row = new double[classes];
        for (int c = 0; c < classes; c++) {
            row[c] = probabilities[example * classes + c];
        }
        return row;
    }
}
