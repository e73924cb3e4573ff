import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.QuadCurve2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import javax.imageio.ImageIO;

/**
 * Draws pictures of the ten classes of CIFAR-10, which may be shown to everybody, in a folder for each class:
 * {@code java tools/Drawings.java FOLDER PER_CLASS SEED}. Colours, sizes, places and details are random.
 */
class Drawings {
    private static final int PIXELS = 64;
    private static final Map<String, Consumer<Drawings>> CLASSES = new TreeMap<>(Map.of(
            "airplane", Drawings::airplane,
            "automobile", Drawings::automobile,
            "bird", Drawings::bird,
            "cat", Drawings::cat,
            "deer", Drawings::deer,
            "dog", Drawings::dog,
            "frog", Drawings::frog,
            "horse", Drawings::horse,
            "ship", Drawings::ship,
            "truck", Drawings::truck));

    private final Random random;
    private final BufferedImage image = new BufferedImage(PIXELS, PIXELS, BufferedImage.TYPE_INT_RGB);
    private final Graphics2D pen = image.createGraphics();

    private Drawings(long seed) {
        random = new Random(seed);
        pen.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        pen.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        pen.scale(PIXELS / 100.0, PIXELS / 100.0);
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 3) {
            System.err.println("usage: java tools/Drawings.java FOLDER PER_CLASS SEED");
            System.exit(2);
        }
        int perClass = Integer.parseInt(arguments[1]);
        for (Map.Entry<String, Consumer<Drawings>> each : CLASSES.entrySet()) {
            Path folder = Files.createDirectories(Path.of(arguments[0], each.getKey()));
            for (int i = 0; i < perClass; i++) {
                Drawings drawing = new Drawings(1000L * (Long.parseLong(arguments[2]) * 31 + each.getKey().hashCode()) + i);
                each.getValue().accept(drawing);
                Path file = folder.resolve(String.format("%s %02d.png", each.getKey(), i + 1));
                ImageIO.write(drawing.image, "png", file.toFile());
            }
        }
    }

    // Coordinates are those of a square of 100 x 100; a place moves what follows the background.

    private double between(double low, double high) {
        return low + (high - low) * random.nextDouble();
    }

    private int one(int... colours) {
        int colour = colours[random.nextInt(colours.length)];
        int rgb = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
            int sample = (colour >> shift & 255) + random.nextInt(25) - 12;
            rgb |= Math.max(0, Math.min(255, sample)) << shift;
        }
        return rgb;
    }

    /** Makes a colour darker, or lighter with a factor above 1. */
    private static int shade(int colour, double factor) {
        int rgb = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
            rgb |= (int) Math.min(255, (colour >> shift & 255) * factor) << shift;
        }
        return rgb;
    }

    private void ground(int above, int below, double horizon, int near, int far) {
        pen.setPaint(new GradientPaint(0, 0, new Color(above), 0, (float) horizon, new Color(below)));
        pen.fillRect(0, 0, 100, 100);
        pen.setPaint(new GradientPaint(0, (float) horizon, new Color(near), 0, 100, new Color(far)));
        pen.fill(new Rectangle2D.Double(0, horizon, 100, 100));
    }

    private int sky() {
        return one(0x8fb8e0, 0x6fa3d8, 0xb4c6d4, 0xcfd8dc, 0x5c8fce);
    }

    private int grass() {
        return one(0x6f9a45, 0x87a653, 0x5a8040, 0xa3a45c);
    }

    private void meadow() {
        int green = grass();
        if (random.nextInt(3) == 0) {
            int wood = one(0x3f5f35, 0x56703f, 0x6b6a45);
            ground(wood, shade(wood, 1.2), between(40, 70), green, shade(green, 0.8));
        } else {
            int sky = sky();
            ground(sky, shade(sky, 1.25), between(35, 65), green, shade(green, 0.8));
        }
    }

    private void room() {
        int wall = one(0xd8cbb4, 0xb9c0bd, 0xa88e74, 0xcfc4c4, 0x8d9aa6);
        int floor = one(0x9a7a56, 0xb59c7c, 0x7c6a5c, 0xa9a29a);
        ground(wall, shade(wall, 0.92), between(55, 80), floor, shade(floor, 0.85));
    }

    private void street() {
        int far = one(0xc9d6df, 0xb7c2c6, 0x9fb08c, 0xd7cfc0);
        int road = one(0x77756f, 0x8a8782, 0x5f6063);
        ground(far, shade(far, 1.1), between(50, 68), road, shade(road, 0.85));
    }

    /** Moves, scales, turns and mirrors what follows. */
    private void place(double degrees) {
        double scale = between(0.82, 1.12);
        pen.translate(50 + between(-6, 6), 52 + between(-6, 6));
        pen.rotate(Math.toRadians(between(-degrees, degrees)));
        pen.scale(random.nextBoolean() ? scale : -scale, scale);
        pen.translate(-50, -50);
    }

    private void fill(int colour, Shape shape) {
        pen.setColor(new Color(colour));
        pen.fill(shape);
    }

    private void oval(int colour, double x, double y, double a, double b) {
        fill(colour, new Ellipse2D.Double(x - a, y - b, 2 * a, 2 * b));
    }

    private void polygon(int colour, double... points) {
        Path2D path = new Path2D.Double();
        path.moveTo(points[0], points[1]);
        for (int i = 2; i < points.length; i += 2) {
            path.lineTo(points[i], points[i + 1]);
        }
        path.closePath();
        fill(colour, path);
    }

    /** Fills a smooth closed curve through points. */
    private void blob(int colour, double... p) {
        Path2D path = new Path2D.Double();
        int n = p.length;
        path.moveTo(p[0], p[1]);
        for (int i = 0; i < n; i += 2) {
            double[] at = new double[8]; // the point before, this one, the next two
            for (int j = 0; j < 8; j++) {
                at[j] = p[(i + j - 2 + n) % n];
            }
            path.curveTo(
                    at[2] + (at[4] - at[0]) / 6, at[3] + (at[5] - at[1]) / 6,
                    at[4] - (at[6] - at[2]) / 6, at[5] - (at[7] - at[3]) / 6,
                    at[4], at[5]);
        }
        fill(colour, path);
    }

    private void line(int colour, double width, double x1, double y1, double x2, double y2) {
        pen.setColor(new Color(colour));
        pen.setStroke(new BasicStroke((float) width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        pen.draw(new Line2D.Double(x1, y1, x2, y2));
    }

    private void wheel(double x, double y, double radius) {
        oval(0x1c1c1e, x, y, radius, radius);
        oval(one(0x9a9c9e, 0xc4c6c8, 0x55585c), x, y, radius * 0.5, radius * 0.5);
    }

    private void airplane() {
        int sky = sky();
        ground(sky, shade(sky, 1.2), random.nextInt(3) == 0 ? between(78, 90) : 100, one(0x8a9a78, 0x9a9894), 0x70786a);
        place(14);
        int body = one(0xe9ecef, 0xf4f4f2, 0xc2c8ce, 0xd8dde2);
        int trim = one(0xc9423c, 0x2c5f9e, 0x3c7d58, 0x49515a, 0xd98a2b);
        polygon(shade(body, 0.88), 56, 48, 66, 48, 46, 30, 40, 30);
        polygon(trim, 6, 46, 20, 46, 12, 26, 4, 26);
        blob(body, 4, 48, 20, 43, 60, 42, 84, 44, 95, 50, 84, 55, 50, 57, 20, 55);
        polygon(shade(body, 0.75), 44, 52, 66, 52, 38, 78, 29, 78);
        polygon(shade(body, 0.8), 10, 50, 22, 50, 12, 60, 6, 60);
        oval(shade(trim, 0.8), 47, 63, 6, 3);
        for (int x = 30; x < 80; x += 6) {
            oval(0x33414d, x, 47.5, 1.3, 1.3);
        }
        polygon(0x33414d, 86, 46, 91, 48.5, 85, 48.5);
    }

    private void automobile() {
        street();
        place(3);
        int body = one(0xb4352c, 0x2f5f9a, 0xd0d3d5, 0x2a2c30, 0xd9a62e, 0x3f7a55, 0xf0efec, 0x7c2438);
        double roof = between(32, 42);
        oval(0x3c3c3c, 50, 79, 44, 4);
        blob(body, 26, 58, 34, roof, 48, roof - 3, 62, roof, 76, 58, 50, 62);
        polygon(0x40525f, 32, 55, 37, roof + 5, 48, roof + 2, 48, 55);
        polygon(0x40525f, 51, 55, 51, roof + 2, 61, roof + 5, 69, 55);
        blob(body, 7, 58, 24, 53, 76, 53, 92, 58, 95, 70, 88, 76, 12, 76, 5, 70);
        polygon(shade(body, 0.75), 8, 68, 93, 68, 92, 74, 9, 74);
        oval(0xf3e7a8, 91, 61, 3, 2.5);
        oval(0xb02a22, 8, 61, 2.5, 2.5);
        line(shade(body, 0.6), 1, 50, 54, 50, 70);
        wheel(25, 75, 9);
        wheel(75, 75, 9);
    }

    private void truck() {
        street();
        place(3);
        int cab = one(0xb4352c, 0x2f5f9a, 0xe3e3e0, 0xd9a62e, 0x3f7a55, 0x44484e);
        int box = one(0xe8e4da, 0xc9ccce, 0xd8c9a0, 0x9fb4c4, 0xb85a3a);
        oval(0x3c3c3c, 50, 83, 46, 3);
        polygon(0x2c2e31, 6, 72, 94, 72, 94, 78, 6, 78);
        if (random.nextInt(4) == 0) { // a tank
            blob(box, 6, 52, 12, 38, 50, 36, 62, 42, 64, 56, 58, 70, 20, 72, 8, 68);
            line(shade(box, 0.75), 2, 34, 38, 34, 70);
        } else {
            double top = between(16, 30);
            polygon(box, 5, top, 64, top, 64, 72, 5, 72);
            polygon(shade(box, 0.85), 5, 64, 64, 64, 64, 72, 5, 72);
            line(shade(box, 0.8), 1, between(24, 44), top + 2, between(24, 44), 70);
        }
        polygon(cab, 67, 36, 84, 36, 91, 54, 95, 57, 95, 75, 67, 75);
        polygon(0x2f3c46, 73, 40, 83, 40, 88, 54, 73, 54);
        oval(0xf3e7a8, 93, 66, 2.5, 2.5);
        wheel(18, 78, 8);
        wheel(36, 78, 8);
        wheel(80, 78, 8);
    }

    private void ship() {
        int sky = sky();
        int sea = one(0x3a6a90, 0x2f5a72, 0x5a86a0, 0x3f7f86);
        double water = between(60, 70);
        ground(sky, shade(sky, 1.2), water, sea, shade(sea, 0.65));
        place(4);
        int hull = one(0x22303c, 0x7c2f2b, 0x2c4f7c, 0xdedbd2, 0x35503f);
        if (random.nextInt(3) == 0) { // a sailing boat
            line(0x5a4632, 2, 52, 12, 52, 66);
            int sail = one(0xf6f4ee, 0xe8e0cc, 0xc9423c);
            polygon(sail, 54, 12, 84, 60, 54, 60);
            polygon(shade(sail, 0.9), 50, 18, 50, 60, 24, 60);
        } else {
            int deck = one(0xf4f4f0, 0xe6e1d4, 0xd0d4d6);
            polygon(deck, 22, 54, 22, 42, 72, 42, 76, 54);
            polygon(shade(deck, 0.92), 30, 42, 30, 32, 58, 32, 62, 42);
            for (int x = 28; x < 72; x += 7) {
                oval(0x3a4a58, x, 48, 1.6, 1.6);
            }
            int funnel = one(0xc03020, 0x2a2c30, 0xd9a62e);
            polygon(funnel, 38, 32, 38, 16, 46, 16, 46, 32);
            if (random.nextBoolean()) {
                polygon(funnel, 50, 32, 50, 18, 56, 18, 56, 32);
            }
            line(0x5a6068, 1.5, 80, 24, 80, 54);
        }
        polygon(hull, 4, 54, 95, 52, 84, 70, 14, 70);
        polygon(shade(hull, 0.7), 11, 65, 88, 65, 84, 71, 14, 71);
        for (int i = 0; i < 5; i++) {
            double x = between(4, 86);
            double y = between(74, 92);
            line(shade(sea, 1.3), 1.2, x, y, x + between(5, 12), y);
        }
    }

    private void bird() {
        if (random.nextBoolean()) {
            meadow();
        } else {
            int sky = sky();
            ground(sky, shade(sky, 1.2), 100, sky, sky);
        }
        place(6);
        int plumage = one(0x8a5a34, 0x4a5a6c, 0xc0503a, 0x3a3634, 0x5f8aa8, 0xb09a70, 0xd8b040);
        int breast = one(0xe6d6b8, 0xd88a54, 0xf0ece2, 0xb8aa98);
        line(0x5c4630, 4, -10, 84, 110, 82);
        line(0x4a3c2c, 1.8, 46, 68, 45, 83);
        line(0x4a3c2c, 1.8, 54, 68, 55, 83);
        blob(shade(plumage, 0.75), 28, 54, 4, 70, 2, 78, 14, 78, 36, 66);
        blob(plumage, 24, 58, 40, 38, 60, 32, 74, 42, 74, 58, 60, 70, 40, 72);
        blob(breast, 56, 48, 72, 46, 73, 58, 62, 69, 46, 71, 50, 60);
        blob(shade(plumage, 0.65), 22, 62, 36, 46, 54, 46, 56, 56, 44, 64);
        oval(plumage, 72, 32, 12, 11);
        polygon(one(0xd9a02e, 0x3a3430, 0x8a7a66), 82, 28, 97, 33, 82, 37);
        oval(0x161412, 75, 30, 2.2, 2.2);
        oval(0xffffff, 75.8, 29.3, 0.7, 0.7);
    }

    private void face(int fur, double x, double y, double size, int nose) {
        for (int side = -1; side <= 1; side += 2) {
            oval(0xf4f1e8, x + side * 0.42 * size, y - 0.12 * size, 0.2 * size, 0.18 * size);
            oval(0x1a1614, x + side * 0.42 * size, y - 0.1 * size, 0.12 * size, 0.15 * size);
        }
        oval(shade(fur, 1.25), x, y + 0.42 * size, 0.42 * size, 0.32 * size);
        oval(nose, x, y + 0.28 * size, 0.15 * size, 0.11 * size);
        line(0x2a2220, 1, x, y + 0.38 * size, x - 0.16 * size, y + 0.55 * size);
        line(0x2a2220, 1, x, y + 0.38 * size, x + 0.16 * size, y + 0.55 * size);
    }

    private void cat() {
        room();
        place(4);
        int fur = one(0x8a8680, 0xc88a48, 0x3a3634, 0xd8d0c4, 0x9a7a5a, 0x5f5a56);
        int stripe = shade(fur, 0.65);
        blob(fur, 68, 84, 88, 80, 94, 60, 88, 56, 86, 70, 72, 76); // the tail
        blob(fur, 28, 92, 28, 66, 42, 52, 60, 52, 74, 68, 76, 92, 52, 95);
        for (int i = 0; i < 3; i++) {
            line(stripe, 2.5, 66 + 2 * i, 64 + 9 * i, 73 + i, 66 + 9 * i);
            line(stripe, 2.5, 36 - 2 * i, 64 + 9 * i, 29 - i, 66 + 9 * i);
        }
        oval(shade(fur, 1.2), 52, 78, 10, 14);
        for (int side = -1; side <= 1; side += 2) {
            polygon(fur, 50 + side * 23, 8, 50 + side * 25, 34, 50 + side * 6, 22);
            polygon(0xcf9a92, 50 + side * 20, 15, 50 + side * 21, 28, 50 + side * 11, 22);
        }
        oval(fur, 50, 37, 26, 22);
        for (int x = -6; x <= 6; x += 6) {
            line(stripe, 2.2, 50 + x, 18, 50 + x * 0.7, 26);
        }
        face(fur, 50, 37, 22, 0xc07a74);
        for (int side = -1; side <= 1; side += 2) {
            line(0xf0ece4, 0.8, 50 + side * 10, 46, 50 + side * 32, 42);
            line(0xf0ece4, 0.8, 50 + side * 10, 48, 50 + side * 32, 50);
        }
        oval(shade(fur, 1.15), 42, 92, 7, 4);
        oval(shade(fur, 1.15), 61, 92, 7, 4);
    }

    private void dog() {
        if (random.nextBoolean()) {
            room();
        } else {
            meadow();
        }
        place(4);
        int fur = one(0xb98a54, 0x6b4a30, 0xe6dcc8, 0x2e2a28, 0xd0a870, 0x9a5f38);
        int ear = random.nextBoolean() ? shade(fur, 0.6) : shade(fur, 0.8);
        blob(fur, 26, 95, 28, 68, 40, 56, 60, 56, 72, 68, 74, 95);
        oval(random.nextBoolean() ? 0xf0e8d8 : shade(fur, 1.2), 50, 78, 12, 16);
        oval(fur, 50, 36, 23, 23);
        oval(shade(fur, 1.3), 50, 49, 15, 13);
        for (int side = -1; side <= 1; side += 2) {
            blob(ear, 50 + side * 16, 15, 50 + side * 30, 22, 50 + side * 34, 46, 50 + side * 27, 55, 50 + side * 21, 34);
            oval(0x1a1614, 50 + side * 9, 33, 3.2, 3.6);
            oval(0xffffff, 50 + side * 9 + 1, 32, 1, 1);
            oval(shade(fur, 1.1), 50 + side * 13, 94, 8, 5);
        }
        oval(0x1a1614, 50, 43, 6, 4.2);
        line(0x2a2220, 1.2, 50, 46, 50, 53);
        blob(0xd0726c, 46, 54, 54, 54, 54, 63, 50, 66, 46, 63);
        if (random.nextBoolean()) {
            line(one(0xb4352c, 0x2f5f9a), 4, 36, 60, 64, 60);
        }
    }

    private void frog() {
        int earth = one(0x8a7a52, 0x5f7040, 0x6c5f3c, 0x4f6a58);
        ground(earth, shade(earth, 0.9), 55, shade(earth, 0.85), shade(earth, 0.65));
        place(5);
        int skin = one(0x5c8f2e, 0x79ad3f, 0x7a8a44, 0x8f7a3c, 0x4a7a4a);
        blob(shade(skin, 0.75), 4, 78, 14, 58, 32, 60, 38, 78, 24, 88);
        blob(shade(skin, 0.75), 96, 78, 86, 58, 68, 60, 62, 78, 76, 88);
        blob(skin, 14, 62, 28, 38, 50, 32, 72, 38, 86, 62, 74, 82, 50, 88, 26, 82);
        blob(shade(skin, 1.35), 28, 70, 50, 62, 72, 70, 66, 82, 50, 86, 34, 82);
        for (int side = -1; side <= 1; side += 2) {
            oval(skin, 50 + side * 19, 32, 11, 11);
            oval(one(0xe8c84a, 0xd8a030, 0xf0ecd8), 50 + side * 19, 30, 7, 7);
            oval(0x12140c, 50 + side * 19, 30, 3.6, 5);
            blob(shade(skin, 0.85), 50 + side * 16, 80, 50 + side * 34, 86, 50 + side * 36, 93, 50 + side * 14, 93);
        }
        pen.setColor(new Color(shade(skin, 0.45)));
        pen.setStroke(new BasicStroke(1.6f));
        pen.draw(new QuadCurve2D.Double(24, 56, 50, 70, 76, 56));
        for (int i = 0; i < 5; i++) {
            oval(shade(skin, 0.65), between(30, 70), between(38, 52), 2, 1.6);
        }
    }

    /** Draws the legs, the body, the neck and the head of a horse or a deer that looks to the right. */
    private void hoofed(int fur, double waist, double neck) {
        for (double x : new double[] {26, 34, 62, 70}) {
            double sway = between(-4, 4);
            line(shade(fur, 0.8), 4.6, x, 66, x + sway, 92);
            line(0x2a2220, 4.8, x + sway, 91, x + sway, 92);
        }
        blob(fur, 18, 54, 30, 50 - waist, 56, 52 - waist, 74, 48, 78, 62, 66, 70, 50, 68 + waist / 2, 26, 70);
        blob(fur, 60, 56, 70, 38, 78, neck, 88, neck + 4, 86, 24 + neck, 79, 60, 70, 66);
        blob(fur, 74, neck, 84, neck - 5, 98, neck + 9, 99, neck + 15, 92, neck + 16, 78, neck + 12);
        oval(0x161412, 85, neck + 2, 1.7, 1.7);
        oval(0x2a2220, 97, neck + 12, 1.2, 1);
    }

    private void horse() {
        meadow();
        place(3);
        int coat = one(0x7a4a2c, 0x5a3824, 0xa86a3c, 0x3a302c, 0xd8d0c4, 0x9a8a7c);
        int mane = one(shade(coat, 0.45), 0x2a2220, 0xe0cfa8);
        blob(mane, 20, 52, 10, 58, 6, 80, 12, 84, 18, 64);
        hoofed(coat, 4, 20);
        blob(mane, 76, 15, 82, 16, 74, 34, 62, 54, 60, 44, 68, 26);
        polygon(coat, 76, 17, 79, 7, 83, 16);
    }

    private void deer() {
        meadow();
        place(3);
        int coat = one(0xa8784a, 0x8f6038, 0xb88a5c, 0x94704e);
        oval(0xf4ece0, 18, 55, 4, 6);
        hoofed(coat, 2, 26);
        blob(shade(coat, 1.35), 30, 67, 50, 65, 66, 67, 50, 70);
        polygon(coat, 76, 25, 68, 16, 80, 20);
        if (random.nextInt(4) > 0) { // antlers
            int horn = 0xd0bc98;
            for (int side = 0; side < 2; side++) {
                double x = 78 + 5 * side;
                double tip = x - 12 + 20 * side;
                line(horn, 2, x, 22, tip, 4);
                line(horn, 1.8, (x + tip) / 2, 13, (x + tip) / 2 + 5 - 14 * side, 5);
                line(horn, 1.8, (2 * x + tip) / 3, 16, (2 * x + tip) / 3 + 7 - 2 * side, 9);
            }
        }
        if (random.nextBoolean()) {
            for (int i = 0; i < 7; i++) {
                oval(0xf0e6d4, between(30, 66), between(52, 62), 1.4, 1.2);
            }
        }
    }
}
