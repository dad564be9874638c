//! Icons as lines on a square of 16 points, drawn so that they are sharp at any scale and need no font.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, vec2};

/// What a picture stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Add,
    Alert,
    Bell,
    Check,
    ChevronDown,
    ChevronLeft,
    ChevronRight,
    Close,
    Columns,
    Comment,
    Copy,
    Device,
    Document,
    Download,
    Edit,
    Elsewhere,
    Eye,
    Fetching,
    Folder,
    Here,
    HereOnly,
    History,
    Key,
    Lock,
    Logo,
    Members,
    Menu,
    Moon,
    Open,
    Package,
    Planned,
    Restore,
    Revise,
    Save,
    Search,
    Stamp,
    Sun,
    Sync,
    Trash,
    Upload,
}

/// The side of the square the shapes are written for.
const SIDE: f32 = 16.0;
const WIDTH: f32 = 1.4;

struct Pen<'a> {
    painter: &'a Painter,
    rect: Rect,
    stroke: Stroke,
}

impl Pen<'_> {
    fn at(&self, x: f32, y: f32) -> Pos2 {
        self.rect.min + vec2(x, y) * (self.rect.width() / SIDE)
    }
    fn scaled(&self, length: f32) -> f32 {
        length * self.rect.width() / SIDE
    }
    fn line(&self, points: &[(f32, f32)]) {
        self.painter.add(Shape::line(points.iter().map(|(x, y)| self.at(*x, *y)).collect(), self.stroke));
    }
    fn closed(&self, points: &[(f32, f32)]) {
        self.painter.add(Shape::closed_line(points.iter().map(|(x, y)| self.at(*x, *y)).collect(), self.stroke));
    }
    fn circle(&self, x: f32, y: f32, radius: f32) {
        self.painter.circle_stroke(self.at(x, y), self.scaled(radius), self.stroke);
    }
    fn dot(&self, x: f32, y: f32, radius: f32) {
        self.painter.circle_filled(self.at(x, y), self.scaled(radius), self.stroke.color);
    }
    fn frame(&self, x: f32, y: f32, width: f32, height: f32, radius: f32) {
        let rect = Rect::from_min_max(self.at(x, y), self.at(x + width, y + height));
        self.painter.rect_stroke(rect, self.scaled(radius), self.stroke, StrokeKind::Middle);
    }
    fn arc(&self, x: f32, y: f32, radius: f32, from: f32, to: f32) {
        const STEPS: usize = 16;
        let points: Vec<_> = (0..=STEPS)
            .map(|step| {
                let angle = (from + (to - from) * step as f32 / STEPS as f32).to_radians();
                (x + radius * angle.cos(), y + radius * angle.sin())
            })
            .collect();
        self.line(&points);
    }
}

impl Icon {
    /// Draws it into the middle of `rect`, as large as fits.
    pub(crate) fn paint(self, painter: &Painter, rect: Rect, colour: Color32) {
        let side = rect.width().min(rect.height());
        let rect = Rect::from_center_size(rect.center(), vec2(side, side));
        let pen = Pen { painter, rect, stroke: Stroke::new(WIDTH * side / SIDE, colour) };
        match self {
            Self::Logo => pen.logo(),
            Self::Here | Self::HereOnly | Self::Elsewhere | Self::Fetching | Self::Planned => pen.state(self),
            Self::Folder | Self::Document | Self::Package | Self::Members => pen.thing(self),
            Self::Add
            | Self::Check
            | Self::ChevronDown
            | Self::ChevronLeft
            | Self::ChevronRight
            | Self::Close
            | Self::Menu => pen.sign(self),
            Self::Comment | Self::Device | Self::Eye | Self::History | Self::Key | Self::Lock | Self::Stamp => {
                pen.guard(self)
            }
            Self::Sun | Self::Moon | Self::Bell | Self::Alert | Self::Search | Self::Columns => pen.tool(self),
            _ => pen.deed(self),
        }
    }
}

impl Pen<'_> {
    /// A sheet whose lower half is the sun rising over a field of panels.
    fn logo(&self) {
        self.frame(2.0, 1.5, 12.0, 13.0, 2.5);
        self.arc(8.0, 9.0, 3.0, 180.0, 360.0);
        self.line(&[(4.2, 9.0), (11.8, 9.0)]);
        self.line(&[(5.2, 12.0), (10.8, 12.0)]);
    }

    /// Where a file is: a full mark is safe, half a mark is here alone, an outline is elsewhere.
    fn state(&self, icon: Icon) {
        match icon {
            Icon::Here => {
                self.dot(8.0, 8.0, 5.0);
            }
            Icon::HereOnly => {
                self.circle(8.0, 8.0, 4.4);
                self.dot(8.0, 8.0, 2.4);
            }
            Icon::Fetching => {
                self.line(&[(8.0, 2.8), (8.0, 10.0)]);
                self.line(&[(4.8, 7.0), (8.0, 10.2), (11.2, 7.0)]);
                self.line(&[(4.0, 13.2), (12.0, 13.2)]);
            }
            Icon::Planned => {
                for start in [-90.0, 0.0, 90.0, 180.0] {
                    self.arc(8.0, 8.0, 4.4, start + 15.0, start + 60.0);
                }
            }
            _ => self.circle(8.0, 8.0, 4.4),
        }
    }

    fn thing(&self, icon: Icon) {
        match icon {
            Icon::Folder => {
                self.closed(&[(1.8, 4.0), (6.2, 4.0), (7.8, 5.6), (14.2, 5.6), (14.2, 12.8), (1.8, 12.8)]);
            }
            Icon::Document => {
                self.closed(&[(3.5, 1.8), (9.2, 1.8), (12.5, 5.1), (12.5, 14.2), (3.5, 14.2)]);
                self.line(&[(9.2, 1.8), (9.2, 5.1), (12.5, 5.1)]);
                self.line(&[(5.8, 8.4), (10.2, 8.4)]);
                self.line(&[(5.8, 11.0), (10.2, 11.0)]);
            }
            Icon::Package => {
                self.closed(&[(8.0, 1.8), (13.6, 4.8), (13.6, 11.2), (8.0, 14.2), (2.4, 11.2), (2.4, 4.8)]);
                self.line(&[(2.4, 4.8), (8.0, 7.8), (13.6, 4.8)]);
                self.line(&[(8.0, 7.8), (8.0, 14.2)]);
            }
            _ => {
                self.circle(6.0, 5.4, 2.5);
                self.arc(6.0, 14.2, 4.6, 190.0, 350.0);
                self.arc(10.2, 5.4, 2.5, -75.0, 75.0);
                self.arc(10.4, 14.2, 4.4, -65.0, -10.0);
            }
        }
    }

    fn sign(&self, icon: Icon) {
        match icon {
            Icon::Add => {
                self.line(&[(8.0, 3.0), (8.0, 13.0)]);
                self.line(&[(3.0, 8.0), (13.0, 8.0)]);
            }
            Icon::Check => self.line(&[(3.2, 8.4), (6.6, 11.8), (13.0, 4.6)]),
            Icon::ChevronDown => self.line(&[(4.0, 6.2), (8.0, 10.2), (12.0, 6.2)]),
            Icon::ChevronLeft => self.line(&[(9.8, 4.0), (5.8, 8.0), (9.8, 12.0)]),
            Icon::ChevronRight => self.line(&[(6.2, 4.0), (10.2, 8.0), (6.2, 12.0)]),
            Icon::Close => {
                self.line(&[(4.0, 4.0), (12.0, 12.0)]);
                self.line(&[(12.0, 4.0), (4.0, 12.0)]);
            }
            _ => {
                for y in [4.0, 8.0, 12.0] {
                    self.line(&[(2.5, y), (13.5, y)]);
                }
            }
        }
    }

    fn tool(&self, icon: Icon) {
        match icon {
            Icon::Sun => {
                self.circle(8.0, 8.0, 3.0);
                for step in 0..8 {
                    let angle = (step as f32 * 45.0).to_radians();
                    let (sin, cos) = angle.sin_cos();
                    self.line(&[(8.0 + 4.9 * cos, 8.0 + 4.9 * sin), (8.0 + 6.5 * cos, 8.0 + 6.5 * sin)]);
                }
            }
            Icon::Moon => {
                self.arc(8.0, 8.0, 5.6, 20.0, 290.0);
                self.arc(11.6, 5.0, 4.6, 64.0, 206.0);
            }
            Icon::Bell => {
                self.line(&[(2.6, 11.6), (13.4, 11.6)]);
                self.line(&[(4.0, 11.6), (4.0, 7.0)]);
                self.line(&[(12.0, 11.6), (12.0, 7.0)]);
                self.arc(8.0, 7.0, 4.0, 180.0, 360.0);
                self.arc(8.0, 12.4, 1.8, 10.0, 170.0);
            }
            Icon::Alert => {
                self.closed(&[(8.0, 2.0), (14.4, 13.4), (1.6, 13.4)]);
                self.line(&[(8.0, 6.2), (8.0, 9.6)]);
                self.dot(8.0, 11.5, 0.9);
            }
            Icon::Search => {
                self.circle(7.0, 7.0, 4.4);
                self.line(&[(10.3, 10.3), (14.0, 14.0)]);
            }
            _ => {
                self.frame(2.0, 3.0, 12.0, 10.0, 1.2);
                self.line(&[(6.0, 3.0), (6.0, 13.0)]);
                self.line(&[(10.0, 3.0), (10.0, 13.0)]);
            }
        }
    }

    /// Who may do what, and what guards it.
    fn guard(&self, icon: Icon) {
        match icon {
            Icon::Comment => {
                let below = [(13.6, 10.8), (7.8, 10.8), (4.8, 13.6), (4.8, 10.8), (2.4, 10.8)];
                self.closed(&[&[(2.4, 3.2), (13.6, 3.2)][..], &below].concat());
            }
            Icon::Device => {
                self.frame(2.8, 3.2, 10.4, 7.2, 1.2);
                self.line(&[(1.4, 12.8), (14.6, 12.8)]);
            }
            Icon::Eye => {
                self.arc(8.0, 11.5, 6.9, 210.5, 329.5);
                self.arc(8.0, 4.5, 6.9, 30.5, 149.5);
                self.circle(8.0, 8.0, 1.9);
            }
            Icon::History => {
                self.circle(8.0, 8.0, 5.6);
                self.line(&[(8.0, 4.6), (8.0, 8.2), (10.6, 9.6)]);
            }
            Icon::Key => {
                self.circle(5.0, 11.0, 2.7);
                self.line(&[(7.0, 9.0), (13.4, 2.6)]);
                self.line(&[(11.0, 5.0), (13.0, 7.0)]);
                self.line(&[(9.0, 7.0), (10.4, 8.4)]);
            }
            Icon::Lock => {
                self.frame(3.2, 7.2, 9.6, 6.8, 1.4);
                self.line(&[(5.2, 7.2), (5.2, 5.0)]);
                self.arc(8.0, 5.0, 2.8, 180.0, 360.0);
                self.line(&[(10.8, 5.0), (10.8, 7.2)]);
                self.dot(8.0, 10.6, 1.0);
            }
            _ => {
                self.circle(8.0, 8.0, 5.8);
                self.line(&[(5.2, 8.2), (7.2, 10.2), (10.9, 5.9)]);
            }
        }
    }

    fn deed(&self, icon: Icon) {
        match icon {
            Icon::Copy => {
                self.frame(5.2, 5.2, 8.6, 8.6, 1.4);
                self.line(&[(2.4, 10.4), (2.4, 2.4), (10.4, 2.4)]);
            }
            Icon::Download | Icon::Save => {
                self.line(&[(8.0, 2.2), (8.0, 9.8)]);
                self.line(&[(4.8, 6.8), (8.0, 10.0), (11.2, 6.8)]);
                self.line(&[(2.6, 10.6), (2.6, 13.6), (13.4, 13.6), (13.4, 10.6)]);
            }
            Icon::Upload => {
                self.line(&[(8.0, 10.0), (8.0, 2.4)]);
                self.line(&[(4.8, 5.4), (8.0, 2.2), (11.2, 5.4)]);
                self.line(&[(2.6, 10.6), (2.6, 13.6), (13.4, 13.6), (13.4, 10.6)]);
            }
            Icon::Edit => {
                self.closed(&[(3.0, 10.6), (10.8, 2.8), (13.2, 5.2), (5.4, 13.0), (2.6, 13.4)]);
                self.line(&[(9.2, 4.4), (11.6, 6.8)]);
            }
            Icon::Open => {
                self.line(&[(7.0, 3.0), (2.6, 3.0), (2.6, 13.4), (13.0, 13.4), (13.0, 9.0)]);
                self.line(&[(9.4, 2.6), (13.4, 2.6), (13.4, 6.6)]);
                self.line(&[(13.4, 2.6), (7.4, 8.6)]);
            }
            Icon::Restore => {
                self.arc(8.4, 8.4, 5.2, -140.0, 130.0);
                self.line(&[(4.2, 1.9), (4.2, 5.2), (7.5, 5.2)]);
            }
            Icon::Revise => {
                self.frame(2.2, 5.0, 8.8, 8.8, 1.2);
                self.line(&[(5.0, 2.2), (13.8, 2.2), (13.8, 11.0)]);
                self.line(&[(6.6, 7.2), (6.6, 11.6)]);
                self.line(&[(4.4, 9.4), (8.8, 9.4)]);
            }
            Icon::Trash => {
                self.line(&[(2.6, 4.4), (13.4, 4.4)]);
                self.line(&[(6.0, 4.2), (6.0, 2.4), (10.0, 2.4), (10.0, 4.2)]);
                self.line(&[(4.0, 4.4), (4.8, 13.8), (11.2, 13.8), (12.0, 4.4)]);
            }
            _ => {
                self.arc(8.0, 8.0, 5.4, -160.0, -20.0);
                self.arc(8.0, 8.0, 5.4, 20.0, 160.0);
                self.line(&[(13.6, 2.8), (13.4, 6.2), (10.2, 5.6)]);
                self.line(&[(2.4, 13.2), (2.6, 9.8), (5.8, 10.4)]);
            }
        }
    }
}
