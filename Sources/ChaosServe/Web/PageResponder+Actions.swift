import ChaosService
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// What changes something: who may, what was asked for, what became of it, and a line in the audit log for each.
extension PageResponder {
    private enum Action: String {
        case login, logout, halt, run, resume
    }

    private struct Login: Decodable {
        var token: String
    }

    private struct Opened: Encodable {
        /// To be sent along as `X-Gauntlet-Key`.
        var key: String
        /// Seconds since 1970.
        var until: Int64
    }

    private static let longestBody = 4096

    func act(_ name: String, _ request: Request, _ context: PageContext) async -> Response {
        guard let action = Action(rawValue: name) else { return Answer.text(404, "nothing can be done by that name") }
        guard request.method == .post else {
            return await refused(
                Answer.text(405, "acting is a POST", more: [("Allow", "POST")]), why: "method", action: name,
                detail: request.method.rawValue, context)
        }
        let attempt = attempt(request)
        do throws(ActionGate.Refusal) {
            if action == .login {
                try gate.checkSite(attempt)
                return await login(request, context)
            }
            let actor = try gate.check(attempt, now: now())
            return await carryOut(action, by: actor, request, context)
        } catch {
            return await refuse(error, action: name, detail: nil, context)
        }
    }

    private func attempt(_ request: Request) -> ActionGate.Attempt {
        func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { request.headers[$0] } }
        let cookies = (header("Cookie") ?? "").split(separator: ";").compactMap { pair -> String? in
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].filter({ $0 != " " }) == cookieName else { return nil }
            return String(parts[1])
        }
        return ActionGate.Attempt(
            authority: request.head.authority ?? "", origin: header("Origin"), fetchSite: header("Sec-Fetch-Site"),
            contentType: header("Content-Type"), authorization: header("Authorization"), cookie: cookies.first,
            key: header("X-Gauntlet-Key"))
    }

    private func body(_ request: Request) async -> Data? {
        guard let buffer = try? await request.body.collect(upTo: Self.longestBody) else { return nil }
        return Data(buffer.readableBytesView)
    }

    // MARK: Logging in

    private func login(_ request: Request, _ context: PageContext) async -> Response {
        guard let data = await body(request), let login = try? JSONDecoder().decode(Login.self, from: data) else {
            return await refused(
                Answer.text(400, #"send {"token": "…"}"#), why: "malformed", action: "login", detail: nil, context)
        }
        guard gate.token.matches(login.token) else {
            return await refuse(.wrongToken, action: "login", detail: nil, context)
        }
        let session = gate.sessions.open(now: now())
        actions.add("login", "done")
        await audit.write(entry("login", who: "session \(session.number)", answer: "done", status: 200, context))
        let origin = HTTPField.Name("Origin").flatMap { request.headers[$0] } ?? ""
        let secure = origin.lowercased().hasPrefix("https://") ? "; Secure" : ""
        return Answer.json(
            200, Opened(key: session.key, until: now() + Sessions.lifetime),
            more: [
                (
                    "Set-Cookie",
                    "\(cookieName)=\(session.cookie); Path=/; Max-Age=\(Sessions.lifetime); HttpOnly; SameSite=Strict\(secure)"
                )
            ])
    }

    // MARK: Acting

    private func carryOut(
        _ action: Action, by actor: ActionGate.Actor, _ request: Request, _ context: PageContext
    ) async -> Response {
        guard let data = await body(request) else {
            return await refused(
                Answer.text(413, "that is too much"), why: "malformed", action: action.rawValue, detail: nil, context,
                who: actor.name)
        }
        if action == .logout {
            if case .session(let number) = actor { gate.sessions.close(number) }
            actions.add("logout", "done")
            await audit.write(entry("logout", who: actor.name, answer: "done", status: 200, context))
            return Answer.json(
                200, ActionResult(isAccepted: true, message: "logged out"),
                more: [("Set-Cookie", "\(cookieName)=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict")])
        }
        var run: RunRequest?
        if action == .run {
            guard let wanted = Self.runRequest(data) else {
                return await refused(
                    Answer.text(
                        400, #"send {"scenario": "NAME", "world": "simulated", "seed": 1}; the seed may be left out"#),
                    why: "malformed", action: "run", detail: nil, context, who: actor.name)
            }
            run = wanted
        }
        let detail = run.map { run in
            "\(run.scenario) in the \(run.world) world" + (run.seed.map { ", seed \($0)" } ?? "")
        }
        let isAudited = await audit.write(
            entry(action.rawValue, who: actor.name, answer: "begun", status: nil, context, detail: detail))
        // A full disk is one of the faults: it must not keep anybody from taking faults back.
        guard isAudited || action == .halt else {
            actions.add(action.rawValue, "unaudited")
            return Answer.text(
                503, "the audit log \(audit.path) cannot be written; nothing is done without it but Halt")
        }
        let who = "\(actor.name) at \(context.peer)"
        let result =
            switch (action, run) {
            case (.halt, _): await control.halt(by: who)
            case (.resume, _): await control.resume(by: who)
            case (.run, let run?): await control.run(run, by: who)
            default: preconditionFailure("\(action) has its own answer")
            }
        let (answer, status) = result.isAccepted ? ("done", 200) : ("declined", 409)
        actions.add(action.rawValue, answer)
        await audit.write(
            entry(action.rawValue, who: actor.name, answer: answer, status: status, context, detail: result.message))
        // Whoever pressed the button sees what came of it now and not with the next second.
        await page.look()
        return Answer.json(status, result)
    }

    private static func runRequest(_ data: Data) -> RunRequest? {
        struct Wanted: Decodable {
            var scenario: String
            var seed: UInt64?
            var world: String?
        }
        guard let wanted = try? JSONDecoder().decode(Wanted.self, from: data) else { return nil }
        let world = wanted.world ?? "simulated"
        guard (1...200).contains(wanted.scenario.utf8.count), ["simulated", "live"].contains(world),
            // A name of the calendar's folder, with its variant: it becomes an argument and a path.
            wanted.scenario.unicodeScalars.allSatisfy({
                $0.properties.isAlphabetic || "0123456789-_.@/+".unicodeScalars.contains($0)
            }),
            wanted.scenario.first != "-", !wanted.scenario.hasPrefix("/"), !wanted.scenario.contains("..")
        else { return nil }
        return RunRequest(scenario: wanted.scenario, seed: wanted.seed, world: world)
    }

    // MARK: Refusing

    func refuse(
        _ refusal: ActionGate.Refusal, action: String, detail: String?, _ context: PageContext
    ) async -> Response {
        let more = refusal.status == 401 ? [("WWW-Authenticate", "Bearer realm=\"gauntlet\"")] : []
        return await refused(
            Answer.text(refusal.status, refusal.message, more: more), why: refusal.rawValue, action: action,
            detail: detail, context)
    }

    /// Counts and audits; too many of them get another answer.
    func refused(
        _ response: Response, why: String, action: String, detail: String?, _ context: PageContext,
        who: String = "nobody"
    ) async -> Response {
        actions.add(action, why)
        if case .limited(let seconds) = limit.count(context.address, now: now()) {
            return Answer.text(
                429, "too many refused attempts; try again in \(seconds) s", more: [("Retry-After", "\(seconds)")])
        }
        await audit.write(
            entry(action, who: who, answer: why, status: response.status.code, context, detail: detail))
        return response
    }

    private func entry(
        _ action: String, who: String, answer: String, status: Int?, _ context: PageContext, detail: String? = nil
    ) -> AuditLog.Entry {
        AuditLog.Entry(
            time: AuditLog.time(now()), who: who, from: context.peer, action: action, detail: detail, answer: answer,
            status: status)
    }
}
